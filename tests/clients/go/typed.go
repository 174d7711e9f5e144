package main

import (
	"context"
	"fmt"
	"io"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"
)

// say prints a refusal as client-go understands it.
func say(what string, err error) {
	status := apierrors.APIStatus(nil)
	if err == nil {
		fmt.Printf("%s: ok\n", what)
	} else if as, is := err.(apierrors.APIStatus); is {
		status = as
		fmt.Printf("%s: %d %s %s\n", what, status.Status().Code, status.Status().Reason, status.Status().Message)
	} else {
		fmt.Printf("%s: %v\n", what, err)
	}
}

func podOf(name string) *core.Pod {
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: core.PodSpec{
			Containers:                    []core.Container{{Name: "app", Image: "nginx"}},
			TerminationGracePeriodSeconds: ptr.To(int64(1)),
		},
	}
}

// until asks again and again until something holds.
func until(ctx context.Context, holds func() (bool, error)) error {
	return wait.PollUntilContextCancel(ctx, 50_000_000, true, func(context.Context) (bool, error) { return holds() })
}

// typed goes through the verbs of the typed clientset.
func typed(ctx context.Context, w *world) error {
	client, err := kubernetes.NewForConfig(w.config)
	if err != nil {
		return err
	}
	maps := client.CoreV1().ConfigMaps(w.namespace)
	made, err := maps.Create(ctx, &core.ConfigMap{
		ObjectMeta: meta.ObjectMeta{Name: "typed", Labels: map[string]string{"app": "typed"}},
		Data:       map[string]string{"a": "1"},
		BinaryData: map[string][]byte{"b": {0, 1, 255}},
	}, meta.CreateOptions{FieldManager: "go"})
	if err != nil {
		return err
	}
	fmt.Println("created", made.Name, made.Data, made.BinaryData, len(made.ManagedFields))
	_, err = maps.Create(ctx, &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: "typed"}}, meta.CreateOptions{})
	say("twice", err)
	_, err = maps.Create(ctx, &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: "No Name"}}, meta.CreateOptions{})
	say("bad name", err)
	_, err = maps.Get(ctx, "none", meta.GetOptions{})
	say("none", err)
	stale := made.DeepCopy()
	made.Data["a"] = "2"
	if _, err = maps.Update(ctx, made, meta.UpdateOptions{}); err != nil {
		return err
	}
	stale.Data["a"] = "3"
	_, err = maps.Update(ctx, stale, meta.UpdateOptions{})
	say("stale", err)
	tries := 0
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if tries++; tries > 1 {
			if stale, err = maps.Get(ctx, "typed", meta.GetOptions{}); err != nil {
				return err
			}
		}
		stale.Data["a"] = "4"
		_, err := maps.Update(ctx, stale, meta.UpdateOptions{})
		return err
	})
	say(fmt.Sprintf("after %d tries", tries), err)
	patched, err := maps.Patch(ctx, "typed", types.StrategicMergePatchType, []byte(`{"data":{"a":null,"c":"5"}}`), meta.PatchOptions{})
	if err != nil {
		return err
	}
	fmt.Println("patched", patched.Data)
	for i := range 5 {
		name := fmt.Sprintf("page-%d", i)
		if _, err = maps.Create(ctx, &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{"page": "yes"}}}, meta.CreateOptions{}); err != nil {
			return err
		}
	}
	options := meta.ListOptions{LabelSelector: "page=yes", Limit: 2}
	for {
		page, err := maps.List(ctx, options)
		if err != nil {
			return err
		}
		fmt.Println("page of", len(page.Items), page.RemainingItemCount == nil)
		if options.Continue = page.Continue; options.Continue == "" {
			break
		}
	}
	say("collection", maps.DeleteCollection(ctx, meta.DeleteOptions{}, meta.ListOptions{LabelSelector: "page"}))
	wrong := types.UID("wrong")
	err = maps.Delete(ctx, "typed", meta.DeleteOptions{Preconditions: &meta.Preconditions{UID: &wrong}})
	fmt.Println("wrong uid:", apierrors.IsConflict(err))
	say("delete", maps.Delete(ctx, "typed", meta.DeleteOptions{}))
	if err := scale(ctx, client, w.namespace); err != nil {
		return err
	}
	return pods(ctx, client, w.namespace)
}

// scale stores a deployment that nobody runs and scales it.
func scale(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	deployments := client.AppsV1().Deployments(namespace)
	pod := podOf("scaled")
	_, err := deployments.Create(ctx, &apps.Deployment{
		ObjectMeta: meta.ObjectMeta{Name: "scaled"},
		Spec: apps.DeploymentSpec{
			Replicas: ptr.To(int32(0)),
			Selector: &meta.LabelSelector{MatchLabels: pod.Labels},
			Template: core.PodTemplateSpec{
				ObjectMeta: meta.ObjectMeta{Labels: pod.Labels},
				Spec:       core.PodSpec{Containers: pod.Spec.Containers},
			},
			Paused: true,
		},
	}, meta.CreateOptions{})
	if err != nil {
		return err
	}
	seen, err := deployments.GetScale(ctx, "scaled", meta.GetOptions{})
	if err != nil {
		return err
	}
	fmt.Println("scale", seen.Spec.Replicas, seen.Status.Selector)
	// a controller writes the status of a deployment as soon as it sees it
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		seen, err := deployments.GetScale(ctx, "scaled", meta.GetOptions{})
		if err != nil {
			return err
		}
		seen.Spec.Replicas = 0
		_, err = deployments.UpdateScale(ctx, "scaled", seen, meta.UpdateOptions{})
		return err
	})
	say("scaled", err)
	background := meta.DeletePropagationBackground
	say("delete", deployments.Delete(ctx, "scaled", meta.DeleteOptions{PropagationPolicy: &background}))
	return nil
}

// pods follows a pod from its creation to its eviction.
func pods(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	pods := client.CoreV1().Pods(namespace)
	watch, err := pods.Watch(ctx, meta.ListOptions{LabelSelector: "app=typed"})
	if err != nil {
		return err
	}
	defer watch.Stop()
	if _, err = pods.Create(ctx, podOf("typed"), meta.CreateOptions{}); err != nil {
		return err
	}
	for event := range watch.ResultChan() {
		pod, is := event.Object.(*core.Pod)
		if !is {
			return apierrors.FromObject(event.Object)
		}
		if pod.Status.Phase == core.PodRunning && len(pod.Status.ContainerStatuses) == 1 && pod.Status.ContainerStatuses[0].Ready {
			fmt.Println("running on a node:", pod.Spec.NodeName != "", pod.Status.QOSClass)
			break
		}
	}
	one := policy.PodDisruptionBudget{
		ObjectMeta: meta.ObjectMeta{Name: "typed"},
		Spec: policy.PodDisruptionBudgetSpec{
			MaxUnavailable: nil,
			MinAvailable:   ptr.To(intOf(1)),
			Selector:       &meta.LabelSelector{MatchLabels: map[string]string{"app": "typed"}},
		},
	}
	budgets := client.PolicyV1().PodDisruptionBudgets(namespace)
	if _, err = budgets.Create(ctx, &one, meta.CreateOptions{}); err != nil {
		return err
	}
	err = until(ctx, func() (bool, error) {
		seen, err := budgets.Get(ctx, "typed", meta.GetOptions{})
		return err == nil && seen.Status.ObservedGeneration > 0 && seen.Status.CurrentHealthy == 1, err
	})
	if err != nil {
		return err
	}
	eviction := &policy.Eviction{ObjectMeta: meta.ObjectMeta{Name: "typed", Namespace: namespace}}
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	say("evict", pods.EvictV1(short, eviction))
	say("delete budget", budgets.Delete(ctx, "typed", meta.DeleteOptions{}))
	say("evict", pods.EvictV1(ctx, eviction))
	err = until(ctx, func() (bool, error) {
		_, err := pods.Get(ctx, "typed", meta.GetOptions{})
		return apierrors.IsNotFound(err), nil
	})
	if err != nil {
		return err
	}
	stream, err := pods.GetLogs("typed", &core.PodLogOptions{}).Stream(ctx)
	if err == nil {
		_, err = io.ReadAll(stream)
	}
	say("logs of none", err)
	return nil
}
