//! `HealingResource`: the blueprint as it was checked, the schema, the roles, validation

use healing_model::Role;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{Names, path::Private, shape};
use crate::{
    draft::{Draft, FieldDraft},
    lower::{Lowered, optional},
};

/// Expands to `impl HealingResource for HealingService`
///
/// The blueprint travels as JSON: the one that was checked here is the one that runs.
pub(crate) struct Resource<'e> {
    pub(crate) names: Names<'e>,
    pub(crate) draft: &'e Draft<'e>,
    pub(crate) lowered: &'e Lowered,
}

impl ToTokens for Resource<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (private, root, spec) = (Private, self.names.root, self.names.spec);
        let status = self.names.status();
        // Where the trait is missing, the error is at the user's word.
        let embedded = self.names.status.map_or_else(
            || quote! { self.status.as_ref() },
            |path| {
                let healing = quote_spanned! { path.span() => #private::healing::<#path> };
                quote! { #healing(self.status.as_ref()) }
            },
        );
        let json = serde_json::to_string(&self.lowered.blueprint)
            .expect("a blueprint is text, numbers, lists and named fields");
        let kinds = shape::kinds(self.draft, self.lowered);
        let constants = shape::constants(self.lowered);
        let blueprint = self.with_owned(&quote! { #private::blueprint(#json, #kinds, &#constants) });
        let declared = self.declared();
        let opinion = opinion(self.draft);
        let validate = self.validate();
        tokens.extend(quote! {
            #[automatically_derived]
            impl #private::HealingResource for #root {
                type Opinion = #opinion;

                fn blueprint() -> &'static #private::Blueprint {
                    static BLUEPRINT: #private::LazyLock<#private::Blueprint> =
                        #private::LazyLock::new(|| #blueprint);
                    &BLUEPRINT
                }

                fn try_schema() -> ::core::result::Result<#private::serde_json::Value, #private::SchemaError> {
                    #private::schema::<#spec, #status>()
                }

                fn declared(&self) -> #private::Declared {
                    #declared
                }

                fn validate(
                    &self,
                    old: ::core::option::Option<&Self>,
                ) -> #private::Vec<#private::FieldError> {
                    #validate
                }

                fn healing_status(&self) -> ::core::option::Option<&#private::Status> { #embedded }
            }
        });
    }
}

/// What `Workload::assess` gives: an impl that gives a verdict without `assess` is an error
pub(super) fn opinion(draft: &Draft<'_>) -> TokenStream {
    let private = Private;
    if draft.container.assess.is_some() {
        quote! { #private::Verdict }
    } else {
        quote! { #private::DeclareAssess }
    }
}

// === impl Resource ===

impl<'e> Resource<'e> {
    /// The rules, then the functions of the user's own
    fn validate(&self) -> TokenStream {
        let private = Private;
        let fields = self.draft.fields.as_deref().unwrap_or_default();
        let of_fields = fields.iter().filter_map(|field| {
            let (check, ident) = (&field.validate.as_ref()?.value, field.ident);
            let named = self.lowered.field_of(fields, field)?;
            let path = format!("spec.{}", named.name);
            let value = &field.field.ty;
            let checked = if optional(value).is_some() {
                quote! {
                    match &self.spec.#ident {
                        ::core::option::Option::Some(value) => #check(value),
                        ::core::option::Option::None => ::core::result::Result::Ok(()),
                    }
                }
            } else {
                quote! { #check(&self.spec.#ident) }
            };
            let old = quote! { old.map(|old| &old.spec.#ident) };
            Some(quote! {
                errors.extend(#private::own_field(#path, (&self.spec.#ident, #old), #checked));
            })
        });
        let of_fields: Vec<TokenStream> = of_fields.collect();
        let of_struct = self.draft.container.validate.as_ref().map(|check| {
            let check = &check.value;
            quote! {
                let old = old.map(|old| &old.spec);
                errors.extend(#private::own_struct((&self.spec, old), #check(&self.spec, old)));
            }
        });
        if of_fields.is_empty() && of_struct.is_none() {
            return quote! { #private::validate(self, old) };
        }
        quote! {
            let mut errors = #private::validate(self, old);
            #(#of_fields)*
            #of_struct
            errors
        }
    }

    /// The blueprint with the kinds beside the pods, as rustc resolves their paths
    fn with_owned(&self, blueprint: &TokenStream) -> TokenStream {
        let private = Private;
        let owned = self.draft.container.owns.iter().map(|path| {
            // Where the type is none that can be owned, the error is at the user's word.
            quote_spanned! { path.span() => #private::owned::<#path>() }
        });
        let owned: Vec<TokenStream> = owned.collect();
        if owned.is_empty() {
            return blueprint.clone();
        }
        quote! {
            #private::Blueprint {
                owns: <#private::Vec<_> as ::core::convert::From<_>>::from([#(#owned),*]),
                ..#blueprint
            }
        }
    }

    /// What the fields say, by role; roles that no field plays are absent
    fn declared(&self) -> TokenStream {
        let private = Private;
        let played = Role::ALL.iter().filter(|role| {
            **role != Role::Replicas
                && self.lowered.blueprint.roles.iter().any(|binding| binding.role == **role)
        });
        let fields = played.map(|role| {
            let (name, value) = (format_ident!("{}", role.as_str()), self.role(*role));
            // A string and the user's own enum are the same words when they are written.
            if role.words().is_some() {
                quote! { #name: #private::word(&#value) }
            } else if role.is_amount() {
                let ty = self.player(*role).map(|player| &player.field.ty);
                quote! { #name: #private::amount::<#ty>(&#value) }
            } else {
                quote! { #name: #value }
            }
        });
        let replicas = self.role(Role::Replicas);
        quote! {
            #private::Declared {
                replicas: #private::replicas(#replicas),
                #(#fields,)*
                ..::core::default::Default::default()
            }
        }
    }

    /// The value of the field that plays `role`, as an `Option`
    fn role(&self, role: Role) -> TokenStream {
        let Some(player) = self.player(role) else { return quote! { ::core::option::Option::None } };
        let ident = player.ident;
        let converted = role.words().is_some() || role.is_amount();
        if converted || optional(&player.field.ty).is_some() {
            quote! { self.spec.#ident }
        } else {
            quote! { ::core::option::Option::Some(self.spec.#ident) }
        }
    }

    /// The field that plays `role`
    fn player(&self, role: Role) -> Option<&FieldDraft<'e>> {
        let fields = self.draft.fields.as_deref().unwrap_or_default();
        fields.iter().find(|field| field.roles.iter().any(|written| written.value == role))
    }
}
