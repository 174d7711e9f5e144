//! The type of the whole object, with its reading and writing

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Attribute;

use super::{Names, path::Private};

/// Expands to `struct HealingService { metadata, spec, status }`, `new`, `Serialize` and `Deserialize`
///
/// `apiVersion` and `kind` are written always and ignored when read, as kube's own derive has it.
pub(crate) struct Root<'e> {
    pub(crate) names: Names<'e>,
    pub(crate) docs: &'e [&'e Attribute],
}

impl ToTokens for Root<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Names { root, spec, visibility, .. } = self.names;
        let (private, status) = (Private, self.names.status());
        let fallback = format!("A `{root}` resource");
        let docs = self.docs;
        let docs = if docs.is_empty() {
            quote! { #[doc = #fallback] }
        } else {
            quote! { #(#docs)* }
        };
        tokens.extend(quote! {
            #docs
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #visibility struct #root {
                /// Standard object metadata.
                #visibility metadata: #private::ObjectMeta,
                /// Desired state.
                #visibility spec: #spec,
                /// Observed state; absent until it is written for the first time.
                #visibility status: ::core::option::Option<#status>,
            }

            #[automatically_derived]
            impl #root {
                /// An object with this name and spec
                #[must_use]
                #visibility fn new(name: &str, spec: #spec) -> Self {
                    Self { metadata: #private::named(name), spec, status: ::core::option::Option::None }
                }
            }

            #[automatically_derived]
            impl #private::serde::Serialize for #root {
                fn serialize<S: #private::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    #private::serialize_object(self, &self.spec, self.status.as_ref(), serializer)
                }
            }

            #[automatically_derived]
            impl<'de> #private::serde::Deserialize<'de> for #root {
                fn deserialize<D: #private::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> ::core::result::Result<Self, D::Error> {
                    let #private::Object { metadata, spec, status } =
                        #private::serde::Deserialize::deserialize(deserializer)?;
                    ::core::result::Result::Ok(Self { metadata, spec, status })
                }
            }
        });
    }
}
