package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"
)

func intOf(value int) intstr.IntOrString {
	return intstr.FromInt32(int32(value))
}

// apply has two managers of the same objects.
func apply(ctx context.Context, w *world) error {
	client, err := kubernetes.NewForConfig(w.config)
	if err != nil {
		return err
	}
	services := client.CoreV1().Services(w.namespace)
	port := func(name string, number int32) *applycore.ServicePortApplyConfiguration {
		return applycore.ServicePort().WithName(name).WithPort(number)
	}
	service := func(ports ...*applycore.ServicePortApplyConfiguration) *applycore.ServiceApplyConfiguration {
		return applycore.Service("applied", w.namespace).WithSpec(applycore.ServiceSpec().WithPorts(ports...))
	}
	one, two := meta.ApplyOptions{FieldManager: "one"}, meta.ApplyOptions{FieldManager: "two"}
	steps := []struct {
		options meta.ApplyOptions
		object  *applycore.ServiceApplyConfiguration
	}{
		{one, service(port("http", 80))},
		{two, service(port("https", 443))},
		{two, service(port("https", 443), port("http", 80).WithTargetPort(intOf(8080)))},
		{meta.ApplyOptions{FieldManager: "two", Force: true}, service(port("https", 443), port("http", 80).WithTargetPort(intOf(8080)))},
		{one, service()},
		{two, service(port("https", 444))},
	}
	for _, step := range steps {
		seen, err := services.Apply(ctx, step.object, step.options)
		say("apply by "+step.options.FieldManager, err)
		if err != nil {
			continue
		}
		if err := show(seen); err != nil {
			return err
		}
	}
	seen, err := services.Get(ctx, "applied", meta.GetOptions{})
	if err != nil {
		return err
	}
	mine, err := applycore.ExtractService(seen, "two")
	if err != nil {
		return err
	}
	fmt.Println("extracted", len(mine.Spec.Ports), *mine.Spec.Ports[0].Port)
	return services.Delete(ctx, "applied", meta.DeleteOptions{})
}

func show(service *core.Service) error {
	for _, port := range service.Spec.Ports {
		fmt.Println(" ", port.Name, port.Port, port.TargetPort.String(), port.Protocol)
	}
	managers := []string{}
	for _, entry := range service.ManagedFields {
		// read and written anew: the order of the fields is of no meaning, and not the same
		var fields object
		if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields); err != nil {
			return err
		}
		sorted, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		managers = append(managers, fmt.Sprintf("%s %s %s", entry.Manager, entry.Operation, sorted))
	}
	sort.Strings(managers)
	for _, manager := range managers {
		fmt.Println(" ", manager)
	}
	return nil
}
