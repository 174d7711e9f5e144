//! The pages byte by byte, and which of them a scraper gets

use std::time::Duration;

use insta::assert_snapshot;

use super::*;

/// A queue with these numbers of waiting, added and retried keys
fn queue(waiting: usize, adds: u64, retries: u64) -> ReadQueue {
    let figures = Counters {
        depth: [waiting, 2 * waiting, 0],
        adds,
        retries,
        in_flight: waiting,
        unfinished: Duration::from_millis(1500) * u32::try_from(waiting).expect("few"),
        ..Counters::default()
    };
    Box::new(move || figures)
}

/// The page as far as it is about the operator's own work; the rest is `webhook`'s
fn before_the_webhook(page: &str) -> &str {
    page.split("# HELP controller_runtime_webhook").next().unwrap_or_default()
}

#[test]
fn everything_known_is_there_from_the_start() {
    let metrics = Metrics::default();
    metrics.controller("healingservice", queue(0, 0, 0));
    metrics.watched("pods", Box::new(WatchedFigures::default));
    assert_snapshot!(before_the_webhook(&metrics.expose(Format::Classic)), @r#"
    # HELP controller_runtime_reconcile_total Total number of reconciliations per controller
    # TYPE controller_runtime_reconcile_total counter
    controller_runtime_reconcile_total{controller="healingservice",result="error"} 0
    controller_runtime_reconcile_total{controller="healingservice",result="requeue"} 0
    controller_runtime_reconcile_total{controller="healingservice",result="requeue_after"} 0
    controller_runtime_reconcile_total{controller="healingservice",result="success"} 0
    # HELP controller_runtime_reconcile_errors_total Total number of reconciliation errors per controller
    # TYPE controller_runtime_reconcile_errors_total counter
    controller_runtime_reconcile_errors_total{controller="healingservice"} 0
    # HELP controller_runtime_reconcile_panics_total Total number of reconciliation panics per controller
    # TYPE controller_runtime_reconcile_panics_total counter
    controller_runtime_reconcile_panics_total{controller="healingservice"} 0
    # HELP controller_runtime_reconcile_timeouts_total Total number of reconciliation timeouts per controller
    # TYPE controller_runtime_reconcile_timeouts_total counter
    controller_runtime_reconcile_timeouts_total{controller="healingservice"} 0
    # HELP controller_runtime_active_workers Number of currently used workers per controller
    # TYPE controller_runtime_active_workers gauge
    controller_runtime_active_workers{controller="healingservice"} 0
    # HELP workqueue_depth Current depth of workqueue by priority
    # TYPE workqueue_depth gauge
    workqueue_depth{name="healingservice",controller="healingservice",priority="changed"} 0
    workqueue_depth{name="healingservice",controller="healingservice",priority="resync"} 0
    workqueue_depth{name="healingservice",controller="healingservice",priority="initial"} 0
    # HELP workqueue_adds_total Total number of adds handled by workqueue
    # TYPE workqueue_adds_total counter
    workqueue_adds_total{name="healingservice",controller="healingservice"} 0
    # HELP workqueue_retries_total Total number of retries handled by workqueue
    # TYPE workqueue_retries_total counter
    workqueue_retries_total{name="healingservice",controller="healingservice"} 0
    # HELP workqueue_unfinished_work_seconds Seconds of work that is in progress, over all workers
    # TYPE workqueue_unfinished_work_seconds gauge
    workqueue_unfinished_work_seconds{name="healingservice",controller="healingservice"} 0.0
    # HELP workqueue_longest_running_processor_seconds Seconds that the longest running worker has been running
    # TYPE workqueue_longest_running_processor_seconds gauge
    workqueue_longest_running_processor_seconds{name="healingservice",controller="healingservice"} 0.0
    # HELP healing_workqueue_longest_wait_seconds Seconds that the oldest key has waited for a worker
    # TYPE healing_workqueue_longest_wait_seconds gauge
    healing_workqueue_longest_wait_seconds{controller="healingservice"} 0.0
    # HELP healing_workqueue_delayed Keys that wait for a time, not for a worker
    # TYPE healing_workqueue_delayed gauge
    healing_workqueue_delayed{controller="healingservice"} 0
    # HELP healing_workqueue_backing_off Keys whose last reconcile failed
    # TYPE healing_workqueue_backing_off gauge
    healing_workqueue_backing_off{controller="healingservice"} 0
    # HELP controller_runtime_workqueue_depth Same as workqueue_depth, over all priorities
    # TYPE controller_runtime_workqueue_depth gauge
    controller_runtime_workqueue_depth{controller="healingservice"} 0
    # HELP controller_runtime_workqueue_retries_total Same as workqueue_retries_total
    # TYPE controller_runtime_workqueue_retries_total counter
    controller_runtime_workqueue_retries_total{controller="healingservice"} 0
    # HELP healing_cache_objects Objects in the cache, by resource
    # TYPE healing_cache_objects gauge
    healing_cache_objects{resource="pods"} 0
    # HELP healing_undecodable_objects Objects that could not be decoded and are left alone, by resource
    # TYPE healing_undecodable_objects gauge
    healing_undecodable_objects{resource="pods"} 0
    # HELP healing_watch_failures_total Lists and watches that failed, by resource
    # TYPE healing_watch_failures_total counter
    healing_watch_failures_total{resource="pods"} 0
    # HELP healing_events_lost_total Kubernetes Events given up, by reason
    # TYPE healing_events_lost_total counter
    healing_events_lost_total{reason="queue_full"} 0
    healing_events_lost_total{reason="rate_limited"} 0
    healing_events_lost_total{reason="failed"} 0
    "#);
}

#[test]
fn each_thing_is_counted_once_and_in_its_place() {
    let metrics = Metrics::default();
    let second = metrics.controller("second", queue(1, 2, 3));
    let first = metrics.controller("first", queue(4, 5, 6));
    first.reconciled(ReconcileResult::Success);
    first.reconciled(ReconcileResult::Requeue);
    first.reconciled(ReconcileResult::Requeue);
    second.reconciled(ReconcileResult::RequeueAfter);
    second.reconciled(ReconcileResult::Error);
    second.panicked();
    second.timed_out();
    metrics.events().lost(EventLoss::Failed);
    metrics.watched("pods", Box::new(|| WatchedFigures { objects: 7, undecodable: 2, failures: 5 }));
    let page = metrics.expose(Format::OpenMetrics);
    let telling =
        |line: &&str| !line.starts_with("# HELP") && !line.ends_with(" 0") && !line.ends_with(" 0.0");
    let told: Vec<_> = before_the_webhook(&page).lines().filter(telling).collect();
    assert_snapshot!(told.join("\n"), @r#"
    # TYPE controller_runtime_reconcile counter
    controller_runtime_reconcile_total{controller="first",result="requeue"} 2
    controller_runtime_reconcile_total{controller="first",result="success"} 1
    controller_runtime_reconcile_total{controller="second",result="error"} 1
    controller_runtime_reconcile_total{controller="second",result="requeue_after"} 1
    # TYPE controller_runtime_reconcile_errors counter
    controller_runtime_reconcile_errors_total{controller="second"} 1
    # TYPE controller_runtime_reconcile_panics counter
    controller_runtime_reconcile_panics_total{controller="second"} 1
    # TYPE controller_runtime_reconcile_timeouts counter
    controller_runtime_reconcile_timeouts_total{controller="second"} 1
    # TYPE controller_runtime_active_workers gauge
    controller_runtime_active_workers{controller="first"} 4
    controller_runtime_active_workers{controller="second"} 1
    # TYPE workqueue_depth gauge
    workqueue_depth{name="first",controller="first",priority="changed"} 4
    workqueue_depth{name="first",controller="first",priority="resync"} 8
    workqueue_depth{name="second",controller="second",priority="changed"} 1
    workqueue_depth{name="second",controller="second",priority="resync"} 2
    # TYPE workqueue_adds counter
    workqueue_adds_total{name="first",controller="first"} 5
    workqueue_adds_total{name="second",controller="second"} 2
    # TYPE workqueue_retries counter
    workqueue_retries_total{name="first",controller="first"} 6
    workqueue_retries_total{name="second",controller="second"} 3
    # TYPE workqueue_unfinished_work_seconds gauge
    workqueue_unfinished_work_seconds{name="first",controller="first"} 6.0
    workqueue_unfinished_work_seconds{name="second",controller="second"} 1.5
    # TYPE workqueue_longest_running_processor_seconds gauge
    # TYPE healing_workqueue_longest_wait_seconds gauge
    # TYPE healing_workqueue_delayed gauge
    # TYPE healing_workqueue_backing_off gauge
    # TYPE controller_runtime_workqueue_depth gauge
    controller_runtime_workqueue_depth{controller="first"} 12
    controller_runtime_workqueue_depth{controller="second"} 3
    # TYPE controller_runtime_workqueue_retries counter
    controller_runtime_workqueue_retries_total{controller="first"} 6
    controller_runtime_workqueue_retries_total{controller="second"} 3
    # TYPE healing_cache_objects gauge
    healing_cache_objects{resource="pods"} 7
    # TYPE healing_undecodable_objects gauge
    healing_undecodable_objects{resource="pods"} 2
    # TYPE healing_watch_failures counter
    healing_watch_failures_total{resource="pods"} 5
    # TYPE healing_events_lost counter
    healing_events_lost_total{reason="failed"} 1
    "#);
}

#[test]
fn label_values_cannot_break_out() {
    let metrics = Metrics::default();
    metrics.controller("a\"b\\c\nd", queue(0, 0, 0));
    let page = metrics.expose(Format::Classic);
    assert!(page.contains(r#"controller_runtime_workqueue_depth{controller="a\"b\\c\nd"} 0"#), "{page}");
}

#[test]
fn open_metrics_only_for_who_asks() {
    let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                      application/openmetrics-text;version=0.0.1;q=0.5,\
                      text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    for (accept, format) in [
        (&[] as &[&str], Format::Classic),
        (&["*/*"], Format::Classic),
        (&["text/plain"], Format::Classic),
        (&["application/json"], Format::Classic),
        (&[prometheus], Format::OpenMetrics),
        (&["application/openmetrics-text"], Format::OpenMetrics),
        (&["Application/OpenMetrics-Text; Version=\"1.0.0\""], Format::OpenMetrics),
        (&["text/plain;q=0.5", "application/openmetrics-text"], Format::OpenMetrics),
        (&["application/openmetrics-text;q=0.2, text/plain;q=0.5"], Format::Classic),
        (&["application/openmetrics-text;q=0"], Format::Classic),
        (&["application/openmetrics-text;q=oops"], Format::Classic),
        (&["application/openmetrics-text;version=2.0.0"], Format::Classic),
        (
            &["application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"],
            Format::Classic,
        ),
    ] {
        assert_eq!(Format::negotiate(accept.iter().copied()), format, "{accept:?}");
    }
}
