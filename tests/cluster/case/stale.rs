//! What an operator does that does not know what became of its own write

use http::Method;
use serde_json::json;

use super::Case;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::service::{self, EXAMPLE, Service};
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(a_write_whose_answer_is_lost_is_looked_up_before_anything_is_done)]
}

/// The finalizer is the first write: it has happened, and nobody has told the operator
async fn a_write_whose_answer_is_lost_is_looked_up_before_anything_is_done(
    world: World,
) -> Result<(), Failure> {
    service::install(&world).await?;
    let proxy = world.proxy().await?;
    let mut answers = proxy.hold_after(|call| call.is(&Method::PATCH, "healingservices"));
    let operator = Operator { proxy: Some(&proxy), ..Operator::example(EXAMPLE) };
    let _operator = world.operator(operator).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 2, "healthThreshold": 2 })).await?;
    let lost = answers.next().await?;
    assert_eq!(web.requests("create", "pods")?.len(), 0, "no pod before the finalizer");

    drop((answers, lost));
    web.converged(2).await?;

    eventually("it has read the object itself", async || {
        let asked = web.requests("get", "healingservices")?.len();
        Failure::unless(asked > 0, || "never".to_owned())
    })
    .await?;
    assert_eq!(web.requests("patch", "healingservices")?.len(), 1, "the finalizer is set once");
    assert_eq!(web.requests("create", "pods")?.len(), 2, "one create a pod");
    Ok(())
}
