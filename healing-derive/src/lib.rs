//! The derive macro of the healing operator framework
//!
//! This file alone names `proc_macro`. The stages are the modules, in the order in which a declaration passes them;
//! what a declaration must be is written in `healing-model`.

mod pipeline;
mod accumulator;
mod spanned;
mod draft;
mod parse;
mod lower;
mod check;
mod enumeration;
mod expand;
#[cfg(test)]
mod fuzz;

/// Makes a self-healing Kubernetes resource from the struct of its spec
///
/// Generates the type of the whole object, its traits of kube, `HealingResource`, and `Serialize`, `Deserialize` and
/// `JsonSchema` for the spec. The struct derives `Clone` and `Debug` itself.
///
/// `docs/reference/attributes.md` lists every word of `#[healing(...)]`, and `docs/reference/rules.md` what rules are made of.
/// Attributes of serde and schemars are passed on.
#[proc_macro_derive(HealingResource, attributes(healing, serde, schemars))]
pub fn healing_resource(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = syn::parse_macro_input!(item as syn::DeriveInput);
    expand::find_facade();
    pipeline::derive(&item).into()
}

/// Makes a struct or an enum usable in the spec of a self-healing resource
///
/// Generates `Serialize`, `Deserialize`, `JsonSchema` and `HealingSchema`: the bounds, defaults and rules of its fields
/// then hold wherever a spec has it, at any depth, and rules of the spec can name its fields. An enum is one of some
/// words, or a union of which one part is set.
///
/// On the struct: `rule`, `cel`, `exactly_one_of`, `at_most_one_of`. On a field: everything that a field of a spec takes,
/// but for roles and `column`.
#[proc_macro_derive(HealingSchema, attributes(healing, serde, schemars))]
pub fn healing_schema(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = syn::parse_macro_input!(item as syn::DeriveInput);
    expand::find_facade();
    pipeline::derive_nested(&item).into()
}
