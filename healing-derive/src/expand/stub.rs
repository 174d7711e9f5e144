//! The errors, and impls that say nothing: code that uses the type gives no second error for the same mistake

use healing_model::{Blueprint, Definition, Identity, Knobs, Scope};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Ident};

use super::{Names, docs, embed, object, path::Private, resource::opinion, root, span};
use crate::{draft::Draft, lower::kind_of};

/// All errors of a struct, and everything that the rest of the crate may need of it
///
/// The items are those of a sound declaration, with bodies that are never run: a crate with errors does not run.
pub(crate) fn stub(draft: &Draft<'_>, errors: &[syn::Error]) -> TokenStream {
    let errors = errors.iter().map(syn::Error::to_compile_error);
    // The impls of a generic type would need its parameters, which is what was refused.
    let items = draft.item.generics.params.is_empty().then(|| items(draft)).flatten();
    quote! { #(#errors)* #items }
}

/// All errors of a nested type, and the impls that a struct around it needs
pub(crate) fn stub_nested(item: &DeriveInput, errors: &[syn::Error]) -> TokenStream {
    let (private, ident) = (Private, &item.ident);
    let errors = errors.iter().map(syn::Error::to_compile_error);
    // The impls of a generic type would need its parameters, which is what was refused.
    let items = item.generics.params.is_empty().then(|| {
        let (traits, embed) = (spec_traits(ident), embed::Embed(item));
        quote! {
            #traits
            #embed
            impl #private::HealingSchema for #ident {
                fn kind() -> #private::shape::FieldKind { ::core::unreachable!() }
            }
            impl #private::rule::Value for #ident {
                type Kind = #private::rule::Object<Self>;
            }
        }
    });
    quote! { #(#errors)* #items }
}

fn items(draft: &Draft<'_>) -> Option<TokenStream> {
    let root = root_name(draft)?;
    let names = Names::of(draft, &root);
    let docs = docs(&draft.item.attrs);
    let blueprint = nothing(&root, draft);
    let object = root::Root { names, docs: &docs };
    let traits = object::Object { names, blueprint: &blueprint };
    let (resource, spec) = (resource(names, draft), spec_traits(names.spec));
    Some(quote! { #object #traits #resource #spec })
}

/// The kind, as far as it can be a type; a name that the spec has itself would be a second error
fn root_name(draft: &Draft<'_>) -> Option<Ident> {
    let (name, at) = match &draft.container.kind {
        Some(kind) => (kind.value.clone(), span(&kind.at)),
        None => (kind_of(draft), Span::call_site()),
    };
    let mut name = syn::parse_str::<Ident>(&name).ok()?;
    name.set_span(at);
    (name != draft.item.ident).then_some(name)
}

fn nothing(root: &Ident, draft: &Draft<'_>) -> Blueprint {
    let text = String::new;
    Blueprint {
        identity: Identity {
            group: text(),
            version: text(),
            kind: root.to_string(),
            plural: text(),
            singular: text(),
            short_names: Vec::new(),
            categories: Vec::new(),
            scope: Scope::Namespaced,
        },
        definition: Definition::default(),
        pod_namespace: None,
        finalizer: None,
        roles: Vec::new(),
        knobs: Knobs::default(),
        columns: Vec::new(),
        fields: Vec::new(),
        rules: Vec::new(),
        rbac: Vec::new(),
        owns: Vec::new(),
        webhook: None,
        cel: Vec::new(),
        own_status: draft.container.status.is_some(),
    }
}

fn resource(names: Names<'_>, draft: &Draft<'_>) -> TokenStream {
    let (private, root, opinion) = (Private, names.root, opinion(draft));
    quote! {
        impl #private::HealingResource for #root {
            type Opinion = #opinion;
            fn blueprint() -> &'static #private::Blueprint { ::core::unreachable!() }
            fn try_schema() -> ::core::result::Result<#private::serde_json::Value, #private::SchemaError> {
                ::core::unreachable!()
            }
            fn declared(&self) -> #private::Declared { ::core::unreachable!() }
            fn validate(&self, _: ::core::option::Option<&Self>) -> #private::Vec<#private::FieldError> {
                ::core::unreachable!()
            }
            fn healing_status(&self) -> ::core::option::Option<&#private::Status> { ::core::unreachable!() }
        }
    }
}

fn spec_traits(spec: &Ident) -> TokenStream {
    let private = Private;
    let name = spec.to_string();
    quote! {
        impl #private::serde::Serialize for #spec {
            fn serialize<S: #private::serde::Serializer>(&self, _: S) -> ::core::result::Result<S::Ok, S::Error> {
                ::core::unreachable!()
            }
        }
        impl<'de> #private::serde::Deserialize<'de> for #spec {
            fn deserialize<D: #private::serde::Deserializer<'de>>(_: D) -> ::core::result::Result<Self, D::Error> {
                ::core::unreachable!()
            }
        }
        impl #private::schemars::JsonSchema for #spec {
            fn schema_name() -> #private::Cow<'static, str> { #private::Cow::Borrowed(#name) }
            fn json_schema(_: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
                ::core::unreachable!()
            }
        }
    }
}
