//! A rule says the same in Rust and in CEL: random rules of every construct, on random objects, new and changed
//!
//! CEL is what `structural-schema` makes of it, the engine of the sandbox and of `crd-gen validate`; `tests/cluster` asks a
//! real API server the same.

#[path = "../agreement/random.rs"]
mod random;

use fastrand::Rng;
use healing::HealingResource as _;
use healing_model::{Blueprint, Rule};
use serde_json::{Value, json};
use structural_schema::Schema;

use crate::derive::documented::HealingService;

/// How many rules, each on as many objects
const RULES: usize = 300;
const OBJECTS: usize = 3;

#[test]
fn random_rules_say_the_same() {
    let shape = random::shape();
    let mut rng = Rng::with_seed(20_261_126);
    let (mut kept, mut broken, mut failed) = (0, 0, 0);
    for at in 0..RULES {
        // rules about a change come by chance too, but seldom
        let of = if at % 4 == 0 { random::transition } else { random::rule };
        let rule = of(&mut rng, at);
        let blueprint = with_rules(vec![rule.clone()]);
        let schema = json!({ "type": "object", "properties": { "spec": random::schema(&shape.fields, std::slice::from_ref(&rule)) } });
        let schema =
            Schema::parse(&schema).unwrap_or_else(|errors| panic!("{}: {errors:?}", rule.cel(&shape.fields)));
        for _ in 0..OBJECTS {
            let old = random::value(&mut rng);
            let new = random::changed(&mut rng, &old);
            let another = random::value(&mut rng);
            for old in [None, Some(&old), Some(&new), Some(&another)] {
                let in_rust = rust(&blueprint, &new, old);
                let in_cel = cel(&schema, &new, old);
                assert_eq!(in_rust, in_cel, "{}\nnew {new}\nold {old:?}", rule.cel(&shape.fields));
                // the rules of the structs in it are always the same
                let own = in_rust.iter().find(|(_, message)| message.contains(&format!("rule {at}")));
                match own {
                    None => kept += 1,
                    Some((_, message)) if message.contains("evaluating rule") => failed += 1,
                    Some(_) => broken += 1,
                }
            }
        }
    }
    // a generator of rules that always hold would prove nothing
    assert!(kept > 1_500 && broken > 500 && failed > 10, "{kept} kept, {broken} broken, {failed} failed");
}

fn with_rules(rules: Vec<Rule>) -> Blueprint {
    Blueprint {
        fields: random::shape().fields,
        rules,
        roles: Vec::new(),
        ..HealingService::blueprint().clone()
    }
}

fn rust(blueprint: &Blueprint, new: &Value, old: Option<&Value>) -> Vec<(String, String)> {
    let matches =
        |pattern: &str, text: &str| regex::Regex::new(pattern).ok().map(|regex| regex.is_match(text));
    let errors = blueprint.validate("x", new, old, &matches);
    sorted(errors.into_iter().map(|error| (error.field, error.message)))
}

fn cel(schema: &Schema, new: &Value, old: Option<&Value>) -> Vec<(String, String)> {
    let (new, old) = (json!({ "spec": new }), old.map(|old| json!({ "spec": old })));
    let errors = structural_schema::validate(schema, &new, old.as_ref());
    sorted(errors.into_iter().map(|error| (error.field, error.detail)))
}

/// An API server visits fields in no certain order
fn sorted(errors: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut errors: Vec<_> = errors.collect();
    errors.sort_unstable();
    errors
}
