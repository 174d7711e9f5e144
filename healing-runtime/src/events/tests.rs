//! What is sent, what is counted together, and what is given up

use std::time::Duration;

use healing_engine::{Event, EventType};
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};

use super::*;

fn now(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
}

fn queue() -> EventQueue {
    let reporter =
        Reporter { controller: "healing-operator".to_owned(), instance: "healing-operator-0".to_owned() };
    EventQueue::new(reporter, EventMetrics::default())
}

fn web(uid: &str) -> Regarding {
    Regarding {
        api_version: "example.com/v1".to_owned(),
        kind: "HealingService".to_owned(),
        namespace: "default".to_owned(),
        name: "web".to_owned(),
        uid: uid.to_owned(),
        resource_version: "7".to_owned(),
    }
}

fn healed(note: &str, pod: &str) -> Event {
    Event {
        kind: EventType::Normal,
        reason: "HealingTriggered".to_owned(),
        action: "Heal".to_owned(),
        note: note.to_owned(),
        pod: Some((pod.to_owned(), format!("{pod}-uid"))),
    }
}

/// Everything that waits: `new NAME NOTE` or `again NAME COUNT`
fn drain(queue: &EventQueue) -> Vec<String> {
    let line = |outgoing: Outgoing| {
        let event = outgoing.event();
        let name = event.metadata.name.as_deref().unwrap_or_default();
        match &outgoing {
            Outgoing::New(event) => format!("new {name} {}", event.note.as_deref().unwrap_or_default()),
            Outgoing::Repeated(_) => format!("again {name} {}", outgoing.patch()["series"]["count"]),
        }
    };
    std::iter::from_fn(|| queue.take()).map(line).collect()
}

#[test]
fn one_event_as_the_api_server_wants_it() {
    let queue = queue();
    queue.publish(&web("u1"), &healed("Deleted 1 unhealthy pods for recreation", "web-0-abc"), now(0));
    let Some(Outgoing::New(event)) = queue.take() else { panic!("nothing waits") };
    assert_snapshot!(serde_json::to_string_pretty(&event).expect("JSON"), @r#"
    {
      "apiVersion": "events.k8s.io/v1",
      "kind": "Event",
      "action": "Heal",
      "eventTime": "2027-01-15T08:00:00.000000Z",
      "metadata": {
        "name": "web.18fae27693b40000",
        "namespace": "default"
      },
      "note": "Deleted 1 unhealthy pods for recreation",
      "reason": "HealingTriggered",
      "regarding": {
        "apiVersion": "example.com/v1",
        "kind": "HealingService",
        "name": "web",
        "namespace": "default",
        "resourceVersion": "7",
        "uid": "u1"
      },
      "related": {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": "web-0-abc",
        "namespace": "default",
        "uid": "web-0-abc-uid"
      },
      "reportingController": "healing-operator",
      "reportingInstance": "healing-operator-0",
      "type": "Normal"
    }
    "#);
}

#[test]
fn times_always_have_six_digits() {
    for (nanos, text) in [(0, "2027-01-15T08:00:00.000000Z"), (123_456_789, "2027-01-15T08:00:00.123456Z")] {
        let time = now(0) + SignedDuration::from_nanos(nanos);
        assert_eq!(serde_json::to_value(object::micro_time(time)).expect("JSON"), text);
    }
}

#[test]
fn another_note_or_another_pod_is_another_event() {
    let queue = queue();
    queue.publish(&web("u1"), &healed("Deleted 1", "a"), now(0));
    queue.publish(&web("u1"), &healed("Deleted 2", "a"), now(0));
    queue.publish(&web("u1"), &healed("Deleted 1", "b"), now(0));
    queue.publish(&web("u2"), &healed("Deleted 1", "a"), now(0));
    let sent = drain(&queue);
    assert_snapshot!(sent.join("\n"), @r"
    new web.18fae27693b40000 Deleted 1
    new web.18fae27693b40001 Deleted 2
    new web.18fae27693b40002 Deleted 1
    new web.18fae27693b40003 Deleted 1
    ");
}

#[test]
fn a_repetition_within_six_minutes_is_a_series() {
    let queue = queue();
    let event = healed("Deleted 1", "a");
    queue.publish(&web("u1"), &event, now(0));
    let mut sent = drain(&queue);
    queue.publish(&web("u1"), &event, now(60));
    queue.publish(&web("u1"), &event, now(61));
    sent.extend(drain(&queue));
    queue.publish(&web("u1"), &event, now(61 + 360));
    sent.extend(drain(&queue));
    queue.publish(&web("u1"), &event, now(61 + 360 + 361));
    sent.extend(drain(&queue));
    assert_snapshot!(sent.join("\n"), @r"
    new web.18fae27693b40000 Deleted 1
    again web.18fae27693b40000 3
    again web.18fae27693b40000 4
    new web.18fae32ca6890c00 Deleted 1
    ");
}

#[test]
fn a_series_says_when_last() {
    let queue = queue();
    queue.publish(&web("u1"), &healed("Deleted 1", "a"), now(0));
    drain(&queue);
    queue.publish(&web("u1"), &healed("Deleted 1", "a"), now(60));
    let patch = queue.take().expect("one waits").patch();
    assert_snapshot!(patch, @r#"{"series":{"count":2,"lastObservedTime":"2027-01-15T08:01:00.000000Z"}}"#);
}

#[test]
fn each_object_has_a_share() {
    let queue = queue();
    for n in 0..Shares::BURST + 5 {
        queue.publish(&web("loud"), &healed(&format!("Deleted {n}"), "a"), now(0));
    }
    queue.publish(&web("quiet"), &healed("Deleted 1", "a"), now(0));
    assert_eq!(drain(&queue).len(), Shares::BURST as usize + 1);
    assert_eq!(queue.metrics.count(EventLoss::RateLimited), 5);
    let later = now(0) + Shares::REFILL;
    queue.publish(&web("loud"), &healed("Deleted 100", "a"), later);
    queue.publish(&web("loud"), &healed("Deleted 101", "a"), later);
    assert_eq!(drain(&queue).len(), 1, "one more after one refill");
}

#[test]
fn a_repetition_beyond_the_share_is_told_later() {
    let queue = queue();
    let event = healed("Deleted 1", "a");
    for _ in 0..Shares::BURST {
        queue.publish(&web("loud"), &event, now(0));
        drain(&queue);
    }
    queue.publish(&web("loud"), &event, now(1));
    assert!(drain(&queue).is_empty());
    queue.publish(&web("loud"), &event, now(0) + Shares::REFILL);
    let sent = drain(&queue);
    assert!(sent.len() == 1 && sent[0].ends_with(" 27"), "{sent:?}");
    assert_eq!(queue.metrics.count(EventLoss::RateLimited), 0);
}

#[test]
fn of_too_many_the_oldest_goes() {
    let queue = queue();
    for n in 0..EventQueue::WAITING + 3 {
        queue.publish(&web(&format!("u{n}")), &healed(&format!("Deleted {n}"), "a"), now(0));
    }
    let sent = drain(&queue);
    assert_eq!(sent.len(), EventQueue::WAITING);
    assert!(sent[0].ends_with("Deleted 3"), "{}", sent[0]);
    assert_eq!(queue.metrics.count(EventLoss::QueueFull), 3);
    queue.publish(&web("u0"), &healed("Deleted 0", "a"), now(1));
    let sent = drain(&queue);
    assert!(sent.len() == 1 && sent[0].starts_with("new "), "what was given up is no repetition: {sent:?}");
}

#[test]
fn memory_is_bounded() {
    let queue = queue();
    for n in 0..EventQueue::REMEMBERED + 50 {
        queue.publish(&web(&format!("u{n}")), &healed("Deleted 1", "a"), now(0));
        drain(&queue);
    }
    assert_eq!(queue.state().known.len(), EventQueue::REMEMBERED);
    queue.publish(&web("u"), &healed("Deleted 1", "a"), now(361));
    assert_eq!(queue.state().known.len(), 1);
}

#[test]
fn long_texts_are_cut_between_characters() {
    let queue = queue();
    let regarding = Regarding { name: format!("{}.{}", "a".repeat(235), "b".repeat(17)), ..web("u1") };
    queue.publish(&regarding, &healed(&format!("a{}", "ü".repeat(600)), "a"), now(0));
    let event = queue.take().expect("one waits").event().clone();
    assert_eq!(event.note.expect("a note").len(), 1023);
    let name = event.metadata.name.expect("a name");
    assert_eq!(name, format!("{}.18fae27693b40000", "a".repeat(235)), "no dot or dash before the dot");
}

#[test]
fn cluster_scoped_objects_have_their_events_in_default() {
    let queue = queue();
    queue.publish(&Regarding { namespace: String::new(), ..web("u1") }, &healed("x", "a"), now(0));
    let event = queue.take().expect("one waits").event().clone();
    assert_eq!(event.metadata.namespace.as_deref(), Some("default"));
    assert_eq!(event.regarding.expect("the object").namespace, None);
}

#[tokio::test(start_paused = true)]
async fn the_sender_is_woken() {
    let queue = queue();
    let publish = async { queue.publish(&web("u1"), &healed("x", "a"), now(0)) };
    let waited = tokio::time::timeout(Duration::from_secs(1), queue.next());
    let (outgoing, ()) = tokio::join!(waited, publish);
    assert!(matches!(outgoing, Ok(Outgoing::New(_))), "{outgoing:?}");
}
