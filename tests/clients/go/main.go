// A program of the Go ecosystem that asks an API server in JSON and says what it saw.
//
// It runs against any server that KUBECONFIG names, in the namespace that it is told; what it prints holds neither times
// nor identifiers, so that two servers can be compared line by line. Each line is an answer of the server, or what
// client-go and controller-runtime made of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// limit bounds the whole program: what never comes is an error, not a hang.
const limit = 2 * time.Minute

// world is the server and the place in it that a part may use.
type world struct {
	config    *rest.Config
	namespace string
}

// parts in the order in which they run; each uses names of its own.
var parts = []struct {
	name string
	run  func(context.Context, *world) error
}{
	{"discovery", discover},
	{"typed", typed},
	{"apply", apply},
	{"dynamic", custom},
	{"informer", inform},
	{"leader", lead},
	{"manager", manage},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) < 2 {
		return errors.New("usage: clients NAMESPACE [PART]")
	}
	// what libraries log is not what is compared
	klog.SetOutput(os.Stderr)
	klog.LogToStderr(false)
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.ContentType = "application/json"
	config.AcceptContentTypes = "application/json"
	config.QPS, config.Burst = -1, 0
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	w := &world{config: config, namespace: os.Args[1]}
	for _, part := range parts {
		if len(os.Args) > 2 && os.Args[2] != part.name {
			continue
		}
		fmt.Printf("## %s\n", part.name)
		if err := part.run(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
