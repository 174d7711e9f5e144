//! `HealingResource`: the blueprint as it was checked, the schema, the roles, validation

use healing_model::{Blueprint, Role};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{Names, path::Private};
use crate::{draft::Draft, lower::optional};

/// Expands to `impl HealingResource for HealingService`
///
/// The blueprint travels as JSON: the one that was checked here is the one that runs.
pub(crate) struct Resource<'e> {
    pub(crate) names: Names<'e>,
    pub(crate) draft: &'e Draft<'e>,
    pub(crate) blueprint: &'e Blueprint,
}

impl ToTokens for Resource<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (private, root, spec) = (Private, self.names.root, self.names.spec);
        let json = serde_json::to_string(self.blueprint)
            .expect("a blueprint is text, numbers, lists and named fields");
        let replicas = self.role(Role::Replicas);
        let health_threshold = self.role(Role::HealthThreshold);
        let failure_threshold = self.role(Role::FailureThreshold);
        tokens.extend(quote! {
            #[automatically_derived]
            impl #private::HealingResource for #root {
                fn blueprint() -> &'static #private::Blueprint {
                    static BLUEPRINT: #private::LazyLock<#private::Blueprint> =
                        #private::LazyLock::new(|| #private::blueprint(#json));
                    &BLUEPRINT
                }

                fn schema() -> #private::serde_json::Value { #private::schema::<#spec>() }

                fn declared(&self) -> #private::Declared {
                    #private::Declared {
                        replicas: #private::replicas(#replicas),
                        health_threshold: #health_threshold,
                        failure_threshold: #failure_threshold,
                    }
                }

                fn validate(
                    &self,
                    old: ::core::option::Option<&Self>,
                ) -> #private::Vec<#private::FieldError> {
                    #private::validate(self, old)
                }

                fn healing_status(&self) -> ::core::option::Option<&#private::Status> { self.status.as_ref() }
            }
        });
    }
}

// === impl Resource ===

impl Resource<'_> {
    /// The value of the field that plays `role`, as an `Option`
    fn role(&self, role: Role) -> TokenStream {
        let fields = self.draft.fields.as_deref().unwrap_or_default();
        let player = fields.iter().find(|field| field.roles.iter().any(|written| written.value == role));
        let Some(player) = player else { return quote! { ::core::option::Option::None } };
        let ident = player.ident;
        if optional(&player.field.ty).is_some() {
            quote! { self.spec.#ident }
        } else {
            quote! { ::core::option::Option::Some(self.spec.#ident) }
        }
    }
}
