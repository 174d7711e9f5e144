//! When the first round is done, and who is woken then

use super::*;
use crate::{clock::Clock, fixture::start, queue::Limit};

fn queue() -> Queue {
    Queue::new(Clock::tokio(start()), Limit::default(), 1)
}

fn keys<const N: usize>(names: [&str; N]) -> [Key; N] {
    names.map(|name| Key::new("ns", name))
}

fn waiting(queue: &Queue) -> usize {
    queue.counters().depth.iter().sum()
}

#[tokio::test(start_paused = true)]
async fn a_round_is_done_when_all_kinds_have_looked_at_what_was_there() {
    let round = Round::default();
    let (first, second) = (round.part(queue()), round.part(queue()));
    let done = || first.warmup().is_some_and(|warmup| warmup.round_done);
    assert_eq!(first.warmup(), None, "not begun");
    let [a, b, c] = keys(["a", "b", "c"]);
    first.begin(start(), [a.clone(), b.clone()]);
    assert_eq!(first.warmup(), Some(Warmup { began: start(), round_done: false }));
    first.looked_at(&a);
    first.looked_at(&b);
    assert!(!done(), "the other kind has not begun");
    second.begin(start(), [c.clone()]);
    first.looked_at(&c);
    assert!(!done(), "a key of the same name of another kind");
    second.looked_at(&c);
    assert!(done());
    // what comes later is not part of the first round
    second.looked_at(&a);
    assert!(done());
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_woken_once_when_the_round_is_done() {
    let round = Round::default();
    let (one, other) = (queue(), queue());
    let (first, second) = (round.part(one.clone()), round.part(other.clone()));
    let [a, b] = keys(["a", "b"]);
    first.begin(start(), [a.clone()]);
    second.begin(start(), [b.clone()]);
    first.wait(&a);
    first.looked_at(&a);
    assert_eq!((waiting(&one), waiting(&other)), (0, 0));
    second.looked_at(&b);
    assert_eq!((waiting(&one), waiting(&other)), (1, 0), "nothing is held back for the other one");
    // decided before the end and told after it: at once
    second.wait(&b);
    assert_eq!((waiting(&one), waiting(&other)), (1, 1));
}
