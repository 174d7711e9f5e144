//! The queue polled by hand on paused time: every rule of its header, each broken once and seen to fail

use std::task::Poll;

use futures::poll;

use super::*;

fn queue() -> (Queue, Clock) {
    let clock = Clock::tokio("2026-01-01T00:00:00Z".parse().unwrap());
    (Queue::new(clock.clone(), Limit::default(), 7), clock)
}

fn key(name: &str) -> Key {
    Key::new("ns", name)
}

/// The key that is ready now, if one is
async fn ready(queue: &Queue) -> Option<Taken> {
    match poll!(std::pin::pin!(queue.take())) {
        Poll::Ready(taken) => taken,
        Poll::Pending => None,
    }
}

const DONE: Outcome = Outcome::Done { next: None };

#[tokio::test(start_paused = true)]
async fn a_key_is_in_flight_once_and_runs_again_for_what_came_meanwhile() {
    let (queue, _) = queue();
    queue.add(&key("a"), Reason::Pod);
    queue.add(&key("a"), Reason::Resource);
    let first = ready(&queue).await.unwrap();
    assert_eq!((first.key.name.as_str(), first.reason), ("a", Reason::Resource));
    assert!(ready(&queue).await.is_none(), "coalesced");
    queue.add(&key("a"), Reason::Pod);
    queue.add(&key("a"), Reason::Pod);
    assert!(ready(&queue).await.is_none(), "in flight");
    assert_eq!(first.finish(DONE), None);
    ready(&queue).await.unwrap().finish(DONE);
    assert!(ready(&queue).await.is_none());
    assert_eq!(queue.counters().adds, 4);
}

#[tokio::test(start_paused = true)]
async fn keys_of_one_priority_are_taken_in_the_order_of_their_adds() {
    let (queue, _) = queue();
    let names: Vec<String> = (0..20).map(|number| format!("o{number}")).collect();
    for name in &names {
        queue.add(&key(name), Reason::Pod);
    }
    let mut taken = Vec::new();
    while let Some(turn) = ready(&queue).await {
        taken.push(turn.key.name.clone());
        turn.finish(DONE);
    }
    assert_eq!(taken, names);
}

#[tokio::test(start_paused = true)]
async fn urgent_keys_come_first_but_nobody_waits_for_ever() {
    let (queue, _) = queue();
    queue.add(&key("initial"), Reason::Initial);
    queue.add(&key("resync"), Reason::Resync);
    queue.add(&key("changed"), Reason::Pod);
    let mut taken = Vec::new();
    for turn in 0..12 {
        // There is always something more urgent.
        queue.add(&key(&format!("busy{turn}")), Reason::Pod);
        let turn = ready(&queue).await.unwrap();
        taken.push(turn.key.name.clone());
        turn.finish(DONE);
    }
    assert_eq!(taken[0], "changed");
    assert_eq!(taken.iter().position(|name| name == "initial"), Some(3), "{taken:?}");
    assert_eq!(taken.iter().position(|name| name == "resync"), Some(7), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_moves_a_waiting_key_to_the_urgent_line() {
    let (queue, _) = queue();
    for name in ["a", "b", "c"] {
        queue.add(&key(name), Reason::Initial);
    }
    queue.add(&key("c"), Reason::Pod);
    assert_eq!(queue.counters().depth, [1, 0, 2]);
    assert_eq!(ready(&queue).await.unwrap().key.name, "c");
}

#[tokio::test(start_paused = true)]
async fn of_several_times_the_earliest_wins() {
    let (queue, clock) = queue();
    let start = clock.now();
    queue.add_at(&key("a"), Reason::Deadline, clock::add(start, Duration::from_mins(1)));
    queue.add_at(&key("a"), Reason::Deadline, clock::add(start, Duration::from_secs(20)));
    queue.add_at(&key("a"), Reason::Deadline, clock::add(start, Duration::from_secs(40)));
    assert!(ready(&queue).await.is_none());
    let turn = queue.take().await.unwrap();
    assert_eq!(clock::since(start, clock.now()), Duration::from_secs(20));
    assert_eq!(turn.waited, Duration::ZERO, "a delay is no wait");
    turn.finish(DONE);
    assert_eq!(queue.counters().delayed, 0);
}

#[tokio::test(start_paused = true)]
async fn an_add_wakes_a_worker_that_sleeps_for_a_later_key() {
    let (queue, clock) = queue();
    queue.add_at(&key("late"), Reason::Deadline, clock::add(clock.now(), Duration::from_hours(1)));
    let mut take = std::pin::pin!(queue.take());
    assert!(poll!(&mut take).is_pending());
    queue.add(&key("now"), Reason::Pod);
    let Poll::Ready(Some(turn)) = poll!(&mut take) else { panic!("not woken") };
    assert_eq!(turn.key.name, "now");
}

#[tokio::test(start_paused = true)]
async fn two_adds_wake_two_workers_and_a_dropped_worker_loses_nothing() {
    let (queue, _) = queue();
    let (mut one, mut two) = (Box::pin(queue.take()), Box::pin(queue.take()));
    assert!(poll!(&mut one).is_pending() && poll!(&mut two).is_pending());
    queue.add(&key("a"), Reason::Pod);
    queue.add(&key("b"), Reason::Pod);
    drop(one);
    let Poll::Ready(Some(first)) = poll!(&mut two) else { panic!("not woken") };
    let second = ready(&queue).await.unwrap();
    assert_eq!((first.key.name.as_str(), second.key.name.as_str()), ("a", "b"));
}

#[tokio::test(start_paused = true)]
async fn failures_back_off_and_events_neither_shorten_nor_raise_that() {
    let (queue, clock) = queue();
    queue.add(&key("a"), Reason::Pod);
    let mut turn = queue.take().await.unwrap();
    for (failures, longest) in [(1, 5), (2, 10), (3, 20)] {
        let failed = clock.now();
        let delay = turn.finish(Outcome::Failed).unwrap();
        let longest = Duration::from_secs(longest);
        assert!(delay <= longest && delay >= longest / 2, "{failures} failures: {delay:?}");
        queue.add(&key("a"), Reason::Pod);
        queue.add_at(&key("a"), Reason::Deadline, failed);
        assert!(ready(&queue).await.is_none(), "an event ended the backoff");
        turn = queue.take().await.unwrap();
        // tokio's timers tick in milliseconds.
        assert_eq!(clock::since(failed, clock.now()).saturating_sub(delay).as_millis(), 0);
        assert!(clock::since(failed, clock.now()) >= delay);
        assert_eq!(turn.failures, failures);
        // What comes while it is in flight does not end the next backoff either.
        queue.add(&key("a"), Reason::Resource);
    }
    assert_eq!((queue.counters().retries, queue.counters().backing_off), (3, 1));
    turn.finish(DONE);
    ready(&queue).await.unwrap().finish(Outcome::Failed);
    assert_eq!(queue.take().await.unwrap().failures, 1, "a success forgets failures");
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_spec_ends_a_backoff() {
    let (queue, _) = queue();
    queue.add(&key("a"), Reason::Pod);
    ready(&queue).await.unwrap().finish(Outcome::Failed);
    queue.add(&key("a"), Reason::Spec);
    let turn = ready(&queue).await.unwrap();
    assert_eq!((turn.failures, turn.reason), (0, Reason::Spec));
    // Also one that comes while the old spec fails.
    queue.add(&key("a"), Reason::Spec);
    assert_eq!(turn.finish(Outcome::Failed), None);
    assert_eq!(ready(&queue).await.unwrap().failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_flight_that_is_dropped_has_failed() {
    let (queue, clock) = queue();
    queue.add(&key("a"), Reason::Pod);
    let start = clock.now();
    drop(ready(&queue).await.unwrap());
    let take = tokio::time::timeout(Duration::from_mins(10), queue.take());
    let turn = take.await.expect("it is tried again").unwrap();
    assert_eq!((turn.failures, turn.reason), (1, Reason::Retry));
    assert!(clock::since(start, clock.now()) >= Duration::from_millis(2500));
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_its_next_time_and_equal_times_are_spread() {
    let (queue, clock) = queue();
    let next = clock::add(clock.now(), Duration::from_secs(30));
    let mut times = Vec::new();
    for name in ["a", "b", "c"] {
        queue.add(&key(name), Reason::Pod);
        ready(&queue).await.unwrap().finish(Outcome::Done { next: Some((next, Reason::Deadline)) });
    }
    for _ in 0..3 {
        let turn = queue.take().await.unwrap();
        assert_eq!(turn.reason, Reason::Deadline);
        times.push(clock.now());
        turn.finish(DONE);
    }
    assert!(times.iter().all(|time| *time >= next && clock::since(next, *time) <= Duration::from_secs(2)));
    times.dedup();
    assert_eq!(times.len(), 3, "all at once");
    let period = Duration::from_mins(10);
    assert!(queue.spread(period) >= period && queue.spread(period) <= period.mul_f64(1.1));
}

#[tokio::test(start_paused = true)]
async fn a_closed_queue_sends_every_worker_home() {
    let (queue, _) = queue();
    let mut workers: Vec<_> = (0..4).map(|_| Box::pin(queue.take())).collect();
    for worker in &mut workers {
        assert!(poll!(worker).is_pending());
    }
    queue.close();
    for worker in &mut workers {
        assert!(matches!(poll!(worker), Poll::Ready(None)));
    }
    queue.add(&key("a"), Reason::Pod);
    assert!(ready(&queue).await.is_none());
    assert_eq!(queue.counters().depth, [1, 0, 0], "closed is not taken");
}

#[tokio::test(start_paused = true)]
async fn counters_tell_what_waits_and_what_runs() {
    let (queue, clock) = queue();
    queue.add(&key("a"), Reason::Pod);
    queue.add(&key("b"), Reason::Initial);
    let turn = ready(&queue).await.unwrap();
    clock.sleep(Duration::from_secs(3)).await;
    let counters = queue.counters();
    assert_eq!((counters.depth, counters.in_flight), ([0, 0, 1], 1));
    assert_eq!(counters.longest_flight, Duration::from_secs(3));
    assert_eq!(counters.longest_wait, Duration::from_secs(3));
    turn.finish(DONE);
}
