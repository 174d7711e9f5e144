package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// inform follows maps with a shared informer, and reads them from its store.
func inform(ctx context.Context, w *world) error {
	client, err := kubernetes.NewForConfig(w.config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	maps := client.CoreV1().ConfigMaps(w.namespace)
	create := func(name string) error {
		labels := map[string]string{"informer": "yes"}
		_, err := maps.Create(ctx, &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: name, Labels: labels}}, meta.CreateOptions{})
		return err
	}
	if err := create("before"); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(w.namespace),
		informers.WithTweakListOptions(func(options *meta.ListOptions) { options.LabelSelector = "informer" }))
	informer := factory.Core().V1().ConfigMaps()
	told := make(chan string, 100)
	name := func(word string, object any) {
		if unknown, is := object.(cache.DeletedFinalStateUnknown); is {
			object = unknown.Obj
		}
		told <- word + " " + object.(*core.ConfigMap).Name
	}
	_, err = informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { name("added", object) },
		UpdateFunc: func(_, object any) { name("updated", object) },
		DeleteFunc: func(object any) { name("deleted", object) },
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return errors.New("the cache did not sync")
	}
	next := func() error {
		select {
		case word := <-told:
			fmt.Println(word)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(limit):
			return errors.New("nothing was told")
		}
	}
	if err := next(); err != nil {
		return err
	}
	if err := create("after"); err != nil {
		return err
	}
	if err := next(); err != nil {
		return err
	}
	changed, err := informer.Lister().ConfigMaps(w.namespace).Get("after")
	if err != nil {
		return err
	}
	changed = changed.DeepCopy()
	changed.Data = map[string]string{"a": "b"}
	if _, err := maps.Update(ctx, changed, meta.UpdateOptions{}); err != nil {
		return err
	}
	if err := next(); err != nil {
		return err
	}
	for range 2 {
		// what no longer has the label is gone for the informer
		changed.Labels, changed.ResourceVersion = nil, ""
		if _, err := maps.Update(ctx, changed, meta.UpdateOptions{}); err != nil {
			return err
		}
	}
	if err := next(); err != nil {
		return err
	}
	listed, err := informer.Lister().List(labels.Everything())
	if err != nil {
		return err
	}
	fmt.Println("listed", len(listed))
	say("delete", maps.Delete(ctx, "before", meta.DeleteOptions{}))
	return next()
}
