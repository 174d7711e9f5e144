//! Generated code in unfriendly places: every lint denied, no prelude, names of the standard library taken

/// A user's crate that denies every warning
#[deny(warnings, missing_docs, unreachable_pub, clippy::all, clippy::pedantic, clippy::allow_attributes)]
#[deny(clippy::allow_attributes_without_reason, clippy::missing_docs_in_private_items, clippy::unwrap_used)]
pub(crate) mod strict {
    use healing::HealingResource;

    /// A strict resource.
    #[derive(HealingResource, Clone, Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Strict")]
    pub(crate) struct StrictSpec {
        /// How many.
        #[healing(replicas, default = 1, minimum(1, "one at least"), column = "Size")]
        pub(crate) size: Option<i32>,
        /// What it is called.
        #[healing(default = "x")]
        pub(crate) label: String,
    }

    #[test]
    fn works() {
        let spec = StrictSpec { size: Some(2), label: String::from("a") };
        assert_eq!(spec.label, "a");
        assert_eq!(Strict::new("s", spec).declared().replicas, 2);
    }
}

mod taken_names {
    #![expect(dead_code, reason = "names that generated code must not meet")]

    struct Option;
    struct Result;
    struct Vec;
    struct String;
    enum Default {}
    trait Serialize {}
    trait Clone {}
    mod core {}
    mod std {}
    mod kube {}
    mod serde {}
    fn default() {}

    #[derive(::healing::HealingResource, ::core::clone::Clone, ::core::fmt::Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Hidden")]
    struct HiddenSpec {
        #[healing(replicas, default = 1)]
        size: i32,
        #[healing(default = "a")]
        r#type: ::std::string::String,
        #[healing(health_threshold, rule(threshold >= 1, "one at least"))]
        threshold: ::core::option::Option<i32>,
    }

    #[test]
    fn works() {
        let text = r#"{"metadata":{},"spec":{"threshold":0}}"#;
        let hidden: Hidden = ::serde_json::from_str(text).expect("defaults fill the rest");
        assert_eq!((hidden.spec.size, &*hidden.spec.r#type), (1, "a"));
        assert_eq!(::healing::HealingResource::validate(&hidden, ::core::option::Option::None).len(), 1);
    }
}

#[test]
fn works_inside_a_function() {
    #[derive(healing::HealingResource, Clone, Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Local")]
    struct LocalSpec {
        #[healing(replicas)]
        size: i32,
    }
    let local = Local::new("l", LocalSpec { size: 4 });
    assert_eq!(healing::HealingResource::declared(&local).replicas, 4);
}

macro_rules! declare {
    ($kind:literal, $type:ty, $least:literal) => {
        #[derive(healing::HealingResource, Clone, Debug)]
        #[healing(group = "example.com", version = "v1", kind = $kind)]
        struct MadeSpec {
            #[healing(replicas, minimum = $least, rule(size >= $least, "enough"))]
            size: $type,
        }
    };
}

declare!("Made", i32, 2);

#[test]
fn works_behind_a_macro_of_the_users() {
    let made = Made::new("m", MadeSpec { size: 1 });
    assert_eq!(healing::HealingResource::validate(&made, None)[0].message, "enough");
}
