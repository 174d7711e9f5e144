//! What `crd-gen lint` says of the resources that the tests declare: an API server refuses none, and what would be
//! regretted is known
//!
//! The tests stand beside the declarations; this file asks. Documented things are asked to be clean throughout.

use crd_gen::definition;
use crd_gen::emit;
use crd_gen::lint::{self, Rule, Severity, Subject};
use healing::HealingResource;

use crate::derive::documented::HealingService;

/// What is found, as `RULE STRUCT.FIELD`, but for fields that the tests leave without a comment
pub(crate) fn told<R: HealingResource>() -> Vec<String> {
    let findings = all::<R>().into_iter().filter(|one| one.rule != Rule::Undescribed);
    findings.map(|one| format!("{} {}", one.rule, one.rust.unwrap_or(one.field))).collect()
}

fn all<R: HealingResource>() -> Vec<lint::Finding> {
    let blueprint = R::blueprint();
    let crd = emit::crd(blueprint, &R::schema()).to_string();
    let definitions = definition::read(&crd).expect("a definition");
    let found = lint::lint(&[Subject { definition: &definitions[0], blueprint: Some(blueprint) }]);
    let refused: Vec<_> = found.iter().filter(|one| one.severity == Severity::Error).collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(crate::manifests::refusals_of_samples::<R>(), Vec::<String>::new());
    found
}

#[test]
fn the_documented_resource_has_nothing_to_regret() {
    assert_eq!(all::<HealingService>(), []);
}
