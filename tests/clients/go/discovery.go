package main

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/restmapper"
)

// groups that both servers have; the rest is what a sandbox does without.
var groups = []string{"", "apps", "coordination.k8s.io", "events.k8s.io", "policy"}

// discover lists what the server says it has, in both forms, and maps kinds and short names to resources.
func discover(_ context.Context, w *world) error {
	client, err := discovery.NewDiscoveryClientForConfig(w.config)
	if err != nil {
		return err
	}
	legacy, err := discovery.NewDiscoveryClientForConfig(w.config)
	if err != nil {
		return err
	}
	legacy.UseLegacyDiscovery = true
	for _, one := range []*discovery.DiscoveryClient{client, legacy} {
		_, lists, err := one.ServerGroupsAndResources()
		if err != nil {
			return err
		}
		count := 0
		for _, list := range lists {
			gv, err := schema.ParseGroupVersion(list.GroupVersion)
			if err != nil {
				return err
			}
			for _, resource := range list.APIResources {
				if gv.Group == "coordination.k8s.io" && gv.Version == "v1" {
					verbs := append([]string{}, resource.Verbs...)
					sort.Strings(verbs)
					fmt.Printf("%s %s %s\n", list.GroupVersion, resource.Name, strings.Join(verbs, ","))
				}
				count++
			}
		}
		fmt.Printf("legacy=%v has resources: %v\n", one.UseLegacyDiscovery, count > 0)
	}
	version, err := client.ServerVersion()
	if err != nil {
		return err
	}
	fmt.Printf("version %s.%s\n", version.Major, version.Minor)
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, func(text string) {
		fmt.Println("warning:", text)
	})
	for _, name := range []string{"po", "cm", "pdb", "deploy", "leases", "none"} {
		mapping, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: name})
		fmt.Printf("%s is %v %v\n", name, mapping, err)
	}
	for _, group := range groups {
		for _, kind := range []string{"Pod", "Deployment", "Lease", "PodDisruptionBudget"} {
			mapping, err := mapper.RESTMapping(schema.GroupKind{Group: group, Kind: kind})
			if err == nil {
				fmt.Printf("%s/%s is %s %s\n", group, kind, mapping.Resource, mapping.Scope.Name())
			}
		}
	}
	return nil
}
