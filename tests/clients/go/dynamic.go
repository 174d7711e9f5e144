package main

import (
	"context"
	"fmt"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
)

const group = "clients.example.com"

var (
	shelves     = schema.GroupVersionResource{Group: group, Version: "v1", Resource: "shelves"}
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
)

type object = map[string]any

func shelfDefinition() *unstructured.Unstructured {
	books := object{"type": "object", "properties": object{
		"books": object{"type": "integer", "minimum": 0, "default": 1},
		"note":  object{"type": "string"},
	}}
	return &unstructured.Unstructured{Object: object{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": object{"name": "shelves." + group},
		"spec": object{
			"group": group, "scope": "Namespaced",
			"names": object{"plural": "shelves", "kind": "Shelf", "singular": "shelf", "listKind": "ShelfList"},
			"versions": []any{object{
				"name": "v1", "served": true, "storage": true,
				"subresources": object{"status": object{}},
				"schema":       object{"openAPIV3Schema": object{"type": "object", "properties": object{"spec": books, "status": books}}},
			}},
		},
	}}
}

func shelfOf(namespace, name string, spec object) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: object{
		"apiVersion": group + "/v1", "kind": "Shelf",
		"metadata": object{"name": name, "namespace": namespace}, "spec": spec,
	}}
}

// custom defines a kind and uses it through the dynamic and the metadata client.
func custom(ctx context.Context, w *world) error {
	client, err := dynamic.NewForConfig(w.config)
	if err != nil {
		return err
	}
	if _, err = client.Resource(definitions).Create(ctx, shelfDefinition(), meta.CreateOptions{}); err != nil {
		return err
	}
	all := client.Resource(shelves).Namespace(w.namespace)
	// a real server serves the kind a moment after it says so
	err = until(ctx, func() (bool, error) {
		_, err := all.Create(ctx, shelfOf(w.namespace, "a", object{}), meta.CreateOptions{})
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	for _, spec := range []object{{"books": int64(-1)}, {"books": "many"}, {"books": int64(2), "none": true}} {
		_, err = all.Create(ctx, shelfOf(w.namespace, "b", spec), meta.CreateOptions{FieldValidation: "Strict"})
		say(fmt.Sprint("create ", spec), err)
	}
	seen, err := all.Get(ctx, "a", meta.GetOptions{})
	if err != nil {
		return err
	}
	fmt.Println("defaulted", seen.Object["spec"], seen.GetGeneration())
	status := seen.DeepCopy()
	status.Object["status"] = object{"books": int64(3), "note": "full"}
	status.Object["spec"] = object{"books": int64(9)}
	status, err = all.UpdateStatus(ctx, status, meta.UpdateOptions{})
	if err != nil {
		return err
	}
	fmt.Println("status", status.Object["spec"], status.Object["status"], status.GetGeneration())
	_, err = all.UpdateStatus(ctx, seen, meta.UpdateOptions{})
	say("stale status", err)
	steps := []byte(`[{"op":"test","path":"/metadata/finalizers","value":null},{"op":"add","path":"/metadata/finalizers","value":["clients.example.com/a"]}]`)
	patched, err := all.Patch(ctx, "a", types.JSONPatchType, steps, meta.PatchOptions{})
	if err != nil {
		return err
	}
	fmt.Println("finalizers", patched.GetFinalizers())
	say("delete", all.Delete(ctx, "a", meta.DeleteOptions{}))
	partial, err := metadata.NewForConfig(w.config)
	if err != nil {
		return err
	}
	left, err := partial.Resource(shelves).Namespace(w.namespace).Get(ctx, "a", meta.GetOptions{})
	if err != nil {
		return err
	}
	fmt.Println("left", left.Kind, left.DeletionTimestamp != nil, *left.DeletionGracePeriodSeconds)
	if _, err = all.Patch(ctx, "a", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), meta.PatchOptions{}); err != nil {
		return err
	}
	_, err = all.Get(ctx, "a", meta.GetOptions{})
	say("get", err)
	return nil
}
