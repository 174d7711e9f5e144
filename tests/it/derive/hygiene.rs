//! Generated code in unfriendly places: every lint denied, no prelude, names of the standard library taken

/// A user's crate that denies every warning
#[deny(warnings, missing_docs, unreachable_pub, clippy::all, clippy::pedantic, clippy::allow_attributes)]
#[deny(clippy::allow_attributes_without_reason, clippy::missing_docs_in_private_items, clippy::unwrap_used)]
pub(crate) mod strict {
    use healing::{HealingResource, HealingSchema};

    /// A strict resource.
    #[derive(HealingResource, Clone, Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Strict", status = StrictStatus)]
    #[healing(column(name = "Mood", path = ".status.mood", type = "string"))]
    pub(crate) struct StrictSpec {
        /// How many.
        #[healing(replicas, default = 1, minimum(1, "one at least"), column = "Size")]
        pub(crate) size: Option<i32>,
        /// What it is called.
        #[healing(default = "x")]
        pub(crate) label: String,
        /// Where it is.
        #[healing(rule(place.is_none_or(|place| place.zone > 0), "a zone"))]
        pub(crate) place: Option<Place>,
    }

    /// A place.
    #[derive(HealingSchema, Clone, Debug)]
    pub(crate) struct Place {
        /// Its zone.
        #[healing(default = 1, maximum = 9)]
        pub(crate) zone: i32,
        /// How to get there.
        pub(crate) way: Way,
    }

    /// A way.
    #[derive(HealingSchema, Clone, Debug)]
    pub(crate) enum Way {
        /// On a road.
        Road {
            /// How long.
            length: u32,
        },
        /// On a line.
        Rail(Line),
    }

    /// A line.
    #[derive(HealingSchema, Clone, Copy, Debug)]
    pub(crate) enum Line {
        /// The first.
        One,
    }

    /// What is known.
    #[derive(HealingSchema, Clone, Debug)]
    pub(crate) struct StrictStatus {
        /// Healing's part.
        #[serde(flatten)]
        pub(crate) healing: healing::Status,
        /// How it feels.
        pub(crate) mood: Option<String>,
    }

    #[test]
    fn works() {
        let way = if cfg!(test) { Way::Rail(Line::One) } else { Way::Road { length: 1 } };
        let place = Some(Place { zone: 0, way });
        let spec = StrictSpec { size: Some(2), label: String::from("a"), place };
        assert_eq!(spec.label, "a");
        let status = StrictStatus { healing: healing::Status::default(), mood: Some(String::from("well")) };
        let strict = Strict { status: Some(status), ..Strict::new("s", spec) };
        assert_eq!(strict.declared().replicas, 2);
        assert_eq!(strict.validate(None)[0].message, "a zone");
        assert_eq!(strict.status.and_then(|status| status.mood).as_deref(), Some("well"));
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
        part: ::core::option::Option<Part>,
    }

    #[derive(::healing::HealingSchema, ::core::clone::Clone, ::core::fmt::Debug)]
    struct Part {
        #[healing(default = 2)]
        number: i32,
        #[serde(flatten)]
        rest: Rest,
        word: ::core::option::Option<Word>,
    }

    #[derive(::healing::HealingSchema, ::core::clone::Clone, ::core::fmt::Debug)]
    struct Rest {
        r#in: ::core::option::Option<::std::string::String>,
    }

    #[derive(::healing::HealingSchema, ::core::clone::Clone, ::core::fmt::Debug)]
    enum Word {
        Some,
        None,
    }

    #[test]
    fn works() {
        let text = r#"{"metadata":{},"spec":{"threshold":0,"part":{"in":"b","word":"None"}}}"#;
        let hidden: Hidden = ::serde_json::from_str(text).expect("defaults fill the rest");
        assert_eq!((hidden.spec.size, &*hidden.spec.r#type), (1, "a"));
        assert_eq!(::healing::HealingResource::validate(&hidden, ::core::option::Option::None).len(), 1);
    }
}

#[no_implicit_prelude]
mod without_a_prelude {
    #[derive(::healing::HealingResource, ::core::clone::Clone, ::core::fmt::Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Bare", status = BareStatus)]
    struct BareSpec {
        #[healing(replicas, default = 1, minimum(1, "one at least"))]
        size: ::core::option::Option<i32>,
        #[healing(default = "a", rule(label.len() > 0 || size > 1, "a label"))]
        label: ::std::string::String,
        #[serde(default)]
        parts: ::std::vec::Vec<BarePart>,
    }

    #[derive(::healing::HealingSchema, ::core::clone::Clone, ::core::fmt::Debug)]
    struct BarePart {
        #[healing(default = 0.5)]
        share: f64,
        kind: ::core::option::Option<BareKind>,
    }

    #[derive(::healing::HealingSchema, ::core::clone::Clone, ::core::fmt::Debug)]
    enum BareKind {
        Near { by: i32 },
        Far(BareWord),
    }

    #[derive(::healing::HealingSchema, ::core::clone::Clone, ::core::fmt::Debug)]
    enum BareWord {
        East,
        West,
    }

    #[derive(::healing::HealingSchema, ::core::clone::Clone, ::core::fmt::Debug)]
    struct BareStatus {
        #[serde(flatten)]
        healing: ::healing::Status,
    }

    #[::core::prelude::v1::test]
    fn works() {
        let text = r#"{"metadata":{},"spec":{"label":"","parts":[{"kind":{"Far":"West"}}]}}"#;
        let bare: Bare = ::serde_json::from_str(text).expect("defaults fill the rest");
        ::core::assert!((bare.spec.parts[0].share - 0.5).abs() < f64::EPSILON);
        ::core::assert!(::core::matches!(
            bare.spec.parts[0].kind,
            ::core::option::Option::Some(BareKind::Far(BareWord::West))
        ));
        ::core::assert_eq!(
            ::healing::HealingResource::validate(&bare, ::core::option::Option::None)[0].message,
            "a label"
        );
    }
}

#[test]
fn works_inside_a_function() {
    #[derive(healing::HealingResource, Clone, Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Local")]
    struct LocalSpec {
        #[healing(replicas)]
        size: i32,
        inner: Option<LocalPart>,
    }
    #[derive(healing::HealingSchema, Clone, Debug)]
    struct LocalPart {
        name: String,
    }
    let inner = Some(LocalPart { name: "n".to_owned() });
    assert_eq!(inner.as_ref().map(|part| part.name.as_str()), Some("n"));
    let local = Local::new("l", LocalSpec { size: 4, inner });
    assert_eq!(healing::HealingResource::declared(&local).replicas, 4);
}

macro_rules! declare {
    ($kind:literal, $type:ty, $least:literal) => {
        #[derive(healing::HealingResource, Clone, Debug)]
        #[healing(group = "example.com", version = "v1", kind = $kind)]
        struct MadeSpec {
            #[healing(replicas, minimum = $least, rule(size >= $least, "enough"))]
            size: $type,
            part: Option<MadePart>,
        }

        #[derive(healing::HealingSchema, Clone, Debug)]
        struct MadePart {
            #[healing(minimum = $least, rule(count != $least + 1, "odd"))]
            count: $type,
        }
    };
}

declare!("Made", i32, 2);

#[test]
fn works_behind_a_macro_of_the_users() {
    let made = Made::new("m", MadeSpec { size: 1, part: Some(MadePart { count: 3 }) });
    let errors = healing::HealingResource::validate(&made, None);
    let texts: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    assert!(texts.contains(&"enough") && texts.contains(&"odd"), "{texts:?}");
}
