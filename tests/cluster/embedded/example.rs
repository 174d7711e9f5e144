//! The documented operator, as its example declares it, for cases that run it in this process

#[expect(
    dead_code,
    unreachable_pub,
    reason = "it is a program: its `main` and what is public there are the example's"
)]
#[path = "../../../examples/healingservice/main.rs"]
mod main;

use healing::Operator;

/// Name of the example
pub(crate) const NAME: &str = "healingservice";

pub(crate) fn operator() -> Operator {
    main::operator()
}
