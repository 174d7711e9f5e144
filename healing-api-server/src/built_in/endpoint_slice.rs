//! `EndpointSlice`
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::BuiltIn;

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    singular: "endpointslice",
    schema: "io.k8s.api.discovery.v1.EndpointSlice",
    generation: true,
    ..BuiltIn::PLAIN
};
