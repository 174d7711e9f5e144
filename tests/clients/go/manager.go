package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const finalizer = group + "/clear"

var shelfKind = schema.GroupVersionKind{Group: group, Version: "v1", Kind: "Shelf"}

// keeper keeps one pod for each shelf, and says in the status that it has.
type keeper struct {
	client.Client
	recorder events.EventRecorder
}

func newShelf() *unstructured.Unstructured {
	shelf := &unstructured.Unstructured{}
	shelf.SetGroupVersionKind(shelfKind)
	return shelf
}

// Reconcile is what the documentation of controller-runtime teaches, in small.
func (k *keeper) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	shelf := newShelf()
	if err := k.Get(ctx, request.NamespacedName, shelf); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if shelf.GetDeletionTimestamp() != nil {
		if controllerutil.RemoveFinalizer(shelf, finalizer) {
			return ctrl.Result{}, client.IgnoreNotFound(k.Update(ctx, shelf))
		}
		return ctrl.Result{}, nil
	}
	if controllerutil.AddFinalizer(shelf, finalizer) {
		if err := k.Update(ctx, shelf); err != nil {
			return ctrl.Result{}, err
		}
	}
	pod := podOf(shelf.GetName())
	pod.Namespace = shelf.GetNamespace()
	result, err := controllerutil.CreateOrUpdate(ctx, k.Client, pod, func() error {
		return controllerutil.SetControllerReference(shelf, pod, k.Scheme())
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	if result == controllerutil.OperationResultCreated {
		k.recorder.Eventf(shelf, pod, core.EventTypeNormal, "Kept", "Keep", "keeps pod %s", pod.Name)
	}
	if pod.Status.Phase != core.PodRunning {
		return ctrl.Result{}, nil
	}
	before := shelf.DeepCopy()
	if err := unstructured.SetNestedField(shelf.Object, "kept", "status", "note"); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, k.Status().Patch(ctx, shelf, client.MergeFrom(before))
}

// manage runs a manager with a leader's lease, and has it keep and clear a shelf.
func manage(ctx context.Context, w *world) error {
	ctrl.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	manager, err := ctrl.NewManager(w.config, ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       server.Options{BindAddress: "0"},
		HealthProbeBindAddress:        "0",
		Cache:                         cache.Options{DefaultNamespaces: map[string]cache.Config{w.namespace: {}}},
		LeaderElection:                true,
		LeaderElectionID:              "manager." + group,
		LeaderElectionNamespace:       w.namespace,
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return err
	}
	recorder := manager.GetEventRecorder("shelf-keeper")
	err = ctrl.NewControllerManagedBy(manager).For(newShelf()).Owns(&core.Pod{}).
		Complete(&keeper{manager.GetClient(), recorder})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	// what is asserted is read past the cache
	reader, err := client.New(w.config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	if err := keep(ctx, reader, w.namespace); err != nil {
		select {
		case stopped := <-ended:
			return errors.Join(err, stopped)
		default:
			return err
		}
	}
	cancel()
	return <-ended
}

func keep(ctx context.Context, reader client.Client, namespace string) error {
	key := client.ObjectKey{Namespace: namespace, Name: "kept"}
	if err := reader.Create(ctx, shelfOf(namespace, "kept", object{"books": int64(2)})); err != nil {
		return err
	}
	shelf, pod := newShelf(), &core.Pod{}
	kept := func() (bool, error) {
		if err := reader.Get(ctx, key, shelf); err != nil {
			return false, err
		}
		note, _, err := unstructured.NestedString(shelf.Object, "status", "note")
		return note == "kept", err
	}
	if err := until(ctx, kept); err != nil {
		return err
	}
	if err := reader.Get(ctx, key, pod); err != nil {
		return err
	}
	owner := meta.GetControllerOf(pod)
	fmt.Println("kept", shelf.GetFinalizers(), owner.Kind, owner.UID == shelf.GetUID(), shelf.GetGeneration())
	first := pod.UID
	if err := reader.Delete(ctx, pod); err != nil {
		return err
	}
	err := until(ctx, func() (bool, error) {
		err := reader.Get(ctx, key, pod)
		return err == nil && pod.UID != first && pod.Status.Phase == core.PodRunning, client.IgnoreNotFound(err)
	})
	if err != nil {
		return err
	}
	fmt.Println("a deleted pod was replaced")
	err = until(ctx, func() (bool, error) {
		found := &core.EventList{}
		err := reader.List(ctx, found, client.InNamespace(namespace), client.MatchingFields{"reason": "Kept"})
		if err != nil || len(found.Items) == 0 {
			return false, err
		}
		event := found.Items[0]
		fmt.Println("event", event.Type, event.Message, event.InvolvedObject.Kind, event.Related.Kind, event.ReportingController)
		return true, nil
	})
	if err != nil {
		return err
	}
	if err := reader.Delete(ctx, shelf); err != nil {
		return err
	}
	for _, gone := range []client.Object{shelf, pod} {
		err := until(ctx, func() (bool, error) {
			err := reader.Get(ctx, key, gone)
			return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
		})
		if err != nil {
			return err
		}
	}
	fmt.Println("shelf and pod are gone")
	return nil
}
