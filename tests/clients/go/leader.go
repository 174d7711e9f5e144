package main

import (
	"context"
	"fmt"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// lead has two candidates for one lease, of which the second leads when the first has let go.
func lead(ctx context.Context, w *world) error {
	client, err := kubernetes.NewForConfig(w.config)
	if err != nil {
		return err
	}
	said := make(chan string, 10)
	run := func(ctx context.Context, identity string) chan struct{} {
		done := make(chan struct{})
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  meta.ObjectMeta{Name: "leader", Namespace: w.namespace},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		}
		go func() {
			defer close(done)
			leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
				Lock: lock, ReleaseOnCancel: true,
				LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 200 * time.Millisecond,
				Callbacks: leaderelection.LeaderCallbacks{
					OnStartedLeading: func(context.Context) { said <- identity + " leads" },
					OnStoppedLeading: func() {},
				},
			})
		}()
		return done
	}
	first, end := context.WithCancel(ctx)
	defer end()
	one := run(first, "one")
	fmt.Println(<-said)
	second, stop := context.WithCancel(ctx)
	defer stop()
	two := run(second, "two")
	lease, err := client.CoordinationV1().Leases(w.namespace).Get(ctx, "leader", meta.GetOptions{})
	if err != nil {
		return err
	}
	fmt.Println("held by", *lease.Spec.HolderIdentity, *lease.Spec.LeaseDurationSeconds)
	end()
	<-one
	select {
	case word := <-said:
		fmt.Println(word)
	case <-ctx.Done():
		return ctx.Err()
	}
	stop()
	<-two
	lease, err = client.CoordinationV1().Leases(w.namespace).Get(ctx, "leader", meta.GetOptions{})
	if err != nil {
		return err
	}
	fmt.Printf("held by %q after %d transitions\n", *lease.Spec.HolderIdentity, *lease.Spec.LeaseTransitions)
	return nil
}
