//! `Serialize`, `Deserialize` and `JsonSchema` of a type, through a hidden copy
//!
//! serde's and schemars' own derives do the work on a copy of the type that carries the user's attributes and ours.
//! So a default holds on decode too, and the user names neither crate.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::{Attribute, DeriveInput, Ident};

use super::path::{Private, private_text};
use crate::{
    draft::{Draft, FieldDraft},
    lower::optional,
};

/// Expands to the three impls for a type, in a scope of their own
pub(crate) struct Mirror<'e> {
    item: &'e DeriveInput,
    /// The hidden copy, without its attributes
    copy: TokenStream,
    /// Functions that serde and schemars ask for defaults
    defaults: Vec<TokenStream>,
    /// What puts bounds and rules on a schema
    declare: TokenStream,
}

// === impl Mirror ===

impl<'e> Mirror<'e> {
    /// Of a struct
    pub(crate) fn of_struct(draft: &'e Draft<'e>, declare: TokenStream) -> Self {
        let drafts = draft.fields.as_deref().unwrap_or_default();
        let fields = drafts.iter().map(|one| field(&draft.item.ident, one));
        Self {
            item: draft.item,
            copy: quote! { struct __HealingCopy { #(#fields)* } },
            defaults: drafts.iter().filter_map(default).collect(),
            declare,
        }
    }

    /// Of an enum
    pub(crate) fn of_enum(item: &'e DeriveInput, data: &syn::DataEnum) -> Self {
        let variants = data.variants.iter().map(|variant| {
            let (attributes, ident) = (forwarded(&variant.attrs), &variant.ident);
            let fields = variant.fields.iter().map(|field| {
                let (attributes, name, ty) = (forwarded(&field.attrs), &field.ident, &field.ty);
                let colon = name.as_ref().map(|_| quote! { : });
                quote! { #(#attributes)* #name #colon #ty }
            });
            let fields = match &variant.fields {
                syn::Fields::Named(_) => quote! { { #(#fields,)* } },
                syn::Fields::Unnamed(_) => quote! { ( #(#fields,)* ) },
                syn::Fields::Unit => TokenStream::new(),
            };
            quote! { #(#attributes)* #ident #fields }
        });
        Self {
            item,
            copy: quote! { enum __HealingCopy { #(#variants,)* } },
            defaults: Vec::new(),
            declare: quote! { ::core::convert::identity },
        }
    }
}

impl ToTokens for Mirror<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (private, spec, declare) = (Private, &self.item.ident, &self.declare);
        let (remote, name) = (spec.to_string(), spec.to_string());
        let (serde, schemars) = (private_text("serde"), private_text("schemars"));
        let attributes = forwarded(&self.item.attrs);
        let (copy, defaults) = (&self.copy, &self.defaults);
        tokens.extend(quote! {
            const _: () = {
                // schemars' derive counts on a prelude, which a module need not have.
                #[allow(unused_imports, reason = "a module with a prelude needs none of them")]
                use ::core::{
                    convert::{From as _, Into as _},
                    default::Default as _,
                    option::Option::{None, Some},
                };

                #(#defaults)*

                #[derive(#private::serde::Serialize, #private::serde::Deserialize, #private::schemars::JsonSchema)]
                #[serde(crate = #serde, remote = #remote)]
                #[schemars(crate = #schemars)]
                #(#attributes)*
                #copy

                #[automatically_derived]
                impl #private::serde::Serialize for #spec {
                    fn serialize<S: #private::serde::Serializer>(
                        &self,
                        serializer: S,
                    ) -> ::core::result::Result<S::Ok, S::Error> {
                        __HealingCopy::serialize(self, serializer)
                    }
                }

                #[automatically_derived]
                impl<'de> #private::serde::Deserialize<'de> for #spec {
                    fn deserialize<D: #private::serde::Deserializer<'de>>(
                        deserializer: D,
                    ) -> ::core::result::Result<Self, D::Error> {
                        __HealingCopy::deserialize(deserializer)
                    }
                }

                #[automatically_derived]
                impl #private::schemars::JsonSchema for #spec {
                    fn schema_name() -> #private::Cow<'static, str> { #private::Cow::Borrowed(#name) }

                    fn schema_id() -> #private::Cow<'static, str> {
                        #private::Cow::Borrowed(::core::concat!(::core::module_path!(), "::", #name))
                    }

                    fn json_schema(generator: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
                        #declare(
                            <__HealingCopy as #private::schemars::JsonSchema>::json_schema(generator),
                        )
                    }
                }
            };
        });
    }
}

fn field(owner: &Ident, draft: &FieldDraft<'_>) -> TokenStream {
    let (ident, ty, attributes) = (draft.ident, &draft.field.ty, forwarded(&draft.field.attrs));
    let default = draft.default.as_ref().map(|default| {
        let function = default_function(ident);
        let path = match &default.value {
            Some(_) => function.to_string(),
            None => format!("{owner}::{function}"),
        };
        quote! { #[serde(default = #path)] }
    });
    // A null would be owned by whoever applies it, and is not what an absent value is.
    let absent = (optional(ty).is_some()
        && !draft.serde.skip
        && !draft.serde.skip_serializing
        && !draft.serde.flatten)
        .then(|| quote! { #[serde(skip_serializing_if = "::core::option::Option::is_none")] });
    quote! { #(#attributes)* #default #absent #ident: #ty, }
}

/// Expands to the function that serde and schemars ask for a default that is a literal
fn default(draft: &FieldDraft<'_>) -> Option<TokenStream> {
    let (function, ty, default) = (default_function(draft.ident), &draft.field.ty, draft.default.as_ref()?);
    let value = match default.value.as_ref()? {
        Value::String(text) => quote! { ::core::convert::Into::into(#text) },
        Value::Number(number) if is_float(optional(ty).unwrap_or(ty)) => {
            let float = number.as_f64().unwrap_or_default();
            let literal = Literal::f64_unsuffixed(float.abs());
            if float.is_sign_negative() {
                quote! { -#literal }
            } else {
                quote! { #literal }
            }
        }
        _ => default.to_token_stream(),
    };
    // `Some(…)` as the whole of a function is what clippy calls an unnecessary wrap.
    let value = optional(ty).map_or_else(
        || value.clone(),
        |inner| quote! { <#ty as ::core::convert::From<#inner>>::from(#value) },
    );
    Some(quote! { fn #function() -> #ty { #value } })
}

/// Expands to the functions for defaults that are expressions of the field's type
///
/// They stand on the type itself: serde, schemars and the blueprint ask them.
pub(crate) fn computed(draft: &Draft<'_>) -> Option<TokenStream> {
    let owner = &draft.item.ident;
    let functions = draft.fields.iter().flatten().filter_map(|field| {
        let default = field.default.as_ref().filter(|default| default.value.is_none())?;
        let (function, ty) = (default_function(field.ident), &field.field.ty);
        // A function that is `Some(…)` as a whole is what clippy calls an unnecessary wrap.
        Some(quote! { fn #function() -> #ty { ::core::convert::identity::<#ty>(#default) } })
    });
    let functions: Vec<TokenStream> = functions.collect();
    (!functions.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            impl #owner { #(#[doc(hidden)] #functions)* }
        }
    })
}

/// Its name
pub(crate) fn default_function(ident: &Ident) -> Ident {
    format_ident!("__default_{}", ident)
}

fn is_float(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.is_ident("f32") || path.path.is_ident("f64"))
}

/// What the hidden struct takes over from the user's
fn forwarded(attributes: &[Attribute]) -> Vec<&Attribute> {
    let kept = ["serde", "schemars", "doc"];
    attributes.iter().filter(|attribute| kept.iter().any(|name| attribute.path().is_ident(name))).collect()
}
