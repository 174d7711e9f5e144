//! Golden expansions: what the derive adds, readable
//!
//! To accept a change: `INSTA_UPDATE=always cargo test -p healing-derive`, then read the diff.

use crate::pipeline::derive;

fn expanded(source: &str) -> String {
    let item = syn::parse_str(source).expect("the struct of this test parses");
    let file = syn::parse2(derive(&item)).expect("an expansion is items");
    prettyplease::unparse(&file)
}

#[test]
fn documented_example() {
    insta::assert_snapshot!(expanded(
        r#"
        /// A replicated service that replaces its own broken pods.
        #[serde(rename_all = "camelCase")]
        #[healing(group = "example.com", version = "v1", kind = "HealingService")]
        #[healing(finalizer = "example.com/cleanup-protection")]
        #[healing(column(name = "Healthy", path = ".status.healthyReplicas", type = "integer"))]
        #[healing(policy(scale_down = "oldest-first"))]
        pub struct HealingServiceSpec {
            /// Number of pods to keep running.
            #[healing(replicas, minimum(1, "replicaCount must be greater than 0"), column = "Replicas")]
            pub replica_count: i32,
            /// Heal while fewer pods than this are healthy.
            #[healing(health_threshold, default = 3)]
            #[healing(rule(health_threshold >= 1, "healthThreshold must be at least 1"))]
            #[healing(rule(health_threshold <= replica_count, "healthThreshold cannot exceed replicaCount"))]
            pub health_threshold: i32,
            /// Failed heals in a row before the breaker opens.
            #[healing(failure_threshold, default = 5, minimum = 1)]
            pub failure_threshold: i32,
        }
        "#
    ));
}

#[test]
fn a_declaration_with_errors_expands_to_them_and_to_stubs() {
    insta::assert_snapshot!(expanded(
        r#"
        #[healing(group = "example.com", version = "one", kind = "Web", finaliser = "x")]
        struct WebSpec {
            #[healing(replicas)]
            size: String,
        }
        "#
    ));
}
