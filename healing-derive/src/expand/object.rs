//! The traits of kube: names, metadata, spec and status of the object, and its CRD

use healing_model::{Blueprint, Scope};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{Names, path::Private};

/// Expands to `impl kube::Resource, HasSpec, HasStatus, CustomResourceExt for HealingService`
pub(crate) struct Object<'e> {
    pub(crate) names: Names<'e>,
    pub(crate) blueprint: &'e Blueprint,
}

impl ToTokens for Object<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.resource());
        tokens.extend(self.halves());
        tokens.extend(self.definition());
    }
}

// === impl Object ===

impl Object<'_> {
    fn resource(&self) -> TokenStream {
        let (private, root, identity) = (Private, self.names.root, &self.blueprint.identity);
        let (group, version, kind, plural) =
            (&identity.group, &identity.version, &identity.kind, &identity.plural);
        let api_version = identity.api_version();
        let scope = match identity.scope {
            Scope::Namespaced => quote! { NamespaceResourceScope },
            Scope::Cluster => quote! { ClusterResourceScope },
        };
        let text = |name: TokenStream, value: &str| {
            quote! {
                fn #name(_: &()) -> #private::Cow<'_, str> { #private::Cow::Borrowed(#value) }
            }
        };
        let names = [
            text(quote! { group }, group),
            text(quote! { version }, version),
            text(quote! { kind }, kind),
            text(quote! { plural }, plural),
            text(quote! { api_version }, &api_version),
        ];
        quote! {
            #[automatically_derived]
            impl #private::kube::Resource for #root {
                type DynamicType = ();
                type Scope = #private::kube::core::#scope;
                #(#names)*
                fn meta(&self) -> &#private::ObjectMeta { &self.metadata }
                fn meta_mut(&mut self) -> &mut #private::ObjectMeta { &mut self.metadata }
            }
        }
    }

    fn halves(&self) -> TokenStream {
        let (private, Names { root, spec, .. }) = (Private, self.names);
        let status = self.names.status();
        quote! {
            #[automatically_derived]
            impl #private::kube::core::object::HasSpec for #root {
                type Spec = #spec;
                fn spec(&self) -> &#spec { &self.spec }
                fn spec_mut(&mut self) -> &mut #spec { &mut self.spec }
            }

            #[automatically_derived]
            impl #private::kube::core::object::HasStatus for #root {
                type Status = #status;
                fn status(&self) -> ::core::option::Option<&#status> { self.status.as_ref() }
                fn status_mut(&mut self) -> &mut ::core::option::Option<#status> { &mut self.status }
            }
        }
    }

    fn definition(&self) -> TokenStream {
        let (private, root, identity) = (Private, self.names.root, &self.blueprint.identity);
        let (crd_name, short_names) = (identity.crd_name(), &identity.short_names);
        quote! {
            #[automatically_derived]
            impl #private::kube::CustomResourceExt for #root {
                fn crd() -> #private::CustomResourceDefinition { #private::crd::<Self>() }
                fn crd_name() -> &'static str { #crd_name }
                fn api_resource() -> #private::ApiResource { #private::ApiResource::erase::<Self>(&()) }
                fn shortnames() -> &'static [&'static str] { &[#(#short_names),*] }
            }
        }
    }
}
