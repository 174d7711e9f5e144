//! The metric families: name, help, labels, and where each number comes from
//!
//! They are written by a collector instead of through `prometheus-client`'s own families, which are hash maps: the
//! lines of a page keep their order this way, and no label set can be forgotten at start.

use std::sync::{PoisonError, atomic::Ordering};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::{ControllerMetrics, Counted, EventLoss, ReconcileResult, Watched};
use crate::{
    election::Leadership,
    queue::{Counters, Priority},
};

/// One controller at the moment of the scrape: each queue is asked once, so that its figures belong together
struct Seen<'a> {
    name: &'a str,
    controller: &'a ControllerMetrics,
    queue: Counters,
}

/// One line: labels and number
pub(super) type Line<'a, N> = (Vec<(&'static str, &'a str)>, N);

impl Collector for Counted {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> std::fmt::Result {
        let controllers = self.controllers.read().unwrap_or_else(PoisonError::into_inner);
        let seen: Vec<_> = controllers.iter().map(|(name, controller)| Seen::now(name, controller)).collect();
        reconciles(&mut page, &seen)?;
        queues(&mut page, &seen)?;
        queue_aliases(&mut page, &seen)?;
        self.watched.encode(&mut page)?;
        if let Some((lease, leads)) = self.leadership.get().and_then(Leadership::figures) {
            gauge(
                &mut page,
                "leader_election_master_status",
                "Whether this process leads: 1, or 0 on a standby",
                std::iter::once((vec![("name", lease)], i64::from(leads))),
            )?;
        }
        let lost = EventLoss::ALL.iter().map(|&why| (vec![("reason", why.label())], self.events.count(why)));
        counter(&mut page, "healing_events_lost", "Kubernetes Events given up, by reason", lost)?;
        self.webhook.encode(&mut page)
    }
}

fn reconciles(page: &mut DescriptorEncoder<'_>, seen: &[Seen<'_>]) -> std::fmt::Result {
    let results = seen.iter().flat_map(|seen| {
        ReconcileResult::ALL.map(|result| {
            (vec![("controller", seen.name), ("result", result.label())], seen.controller.results(result))
        })
    });
    counter(page, "controller_runtime_reconcile", "Total number of reconciliations per controller", results)?;
    counter(
        page,
        "controller_runtime_reconcile_errors",
        "Total number of reconciliation errors per controller",
        seen.iter().map(|seen| seen.by_controller(seen.controller.results(ReconcileResult::Error))),
    )?;
    counter(
        page,
        "controller_runtime_reconcile_panics",
        "Total number of reconciliation panics per controller",
        seen.iter().map(|seen| seen.by_controller(seen.controller.panics.load(Ordering::Relaxed))),
    )?;
    counter(
        page,
        "controller_runtime_reconcile_timeouts",
        "Total number of reconciliation timeouts per controller",
        seen.iter().map(|seen| seen.by_controller(seen.controller.timeouts.load(Ordering::Relaxed))),
    )?;
    gauge(
        page,
        "controller_runtime_active_workers",
        "Number of currently used workers per controller",
        seen.iter().map(|seen| seen.by_controller(whole(seen.queue.in_flight))),
    )
}

fn queues(page: &mut DescriptorEncoder<'_>, seen: &[Seen<'_>]) -> std::fmt::Result {
    let depth = seen.iter().flat_map(|seen| {
        Priority::ALL.iter().zip(seen.queue.depth).map(|(priority, depth)| {
            let (mut labels, depth) = seen.by_queue(whole(depth));
            labels.push(("priority", priority.as_str()));
            (labels, depth)
        })
    });
    gauge(page, "workqueue_depth", "Current depth of workqueue by priority", depth)?;
    let adds = seen.iter().map(|seen| seen.by_queue(seen.queue.adds));
    counter(page, "workqueue_adds", "Total number of adds handled by workqueue", adds)?;
    let retries = seen.iter().map(|seen| seen.by_queue(seen.queue.retries));
    counter(page, "workqueue_retries", "Total number of retries handled by workqueue", retries)?;
    gauge(
        page,
        "workqueue_unfinished_work_seconds",
        "Seconds of work that is in progress, over all workers",
        seen.iter().map(|seen| seen.by_queue(seen.queue.unfinished.as_secs_f64())),
    )?;
    gauge(
        page,
        "workqueue_longest_running_processor_seconds",
        "Seconds that the longest running worker has been running",
        seen.iter().map(|seen| seen.by_queue(seen.queue.longest_flight.as_secs_f64())),
    )?;
    gauge(
        page,
        "healing_workqueue_longest_wait_seconds",
        "Seconds that the oldest key has waited for a worker",
        seen.iter().map(|seen| seen.by_controller(seen.queue.longest_wait.as_secs_f64())),
    )?;
    gauge(
        page,
        "healing_workqueue_delayed",
        "Keys that wait for a time, not for a worker",
        seen.iter().map(|seen| seen.by_controller(whole(seen.queue.delayed))),
    )?;
    gauge(
        page,
        "healing_workqueue_backing_off",
        "Keys whose last reconcile failed",
        seen.iter().map(|seen| seen.by_controller(whole(seen.queue.backing_off))),
    )
}

/// The two names that guides give to the queue's figures, although no Go operator exports them
fn queue_aliases(page: &mut DescriptorEncoder<'_>, seen: &[Seen<'_>]) -> std::fmt::Result {
    let depth = |seen: &Seen<'_>| whole(seen.queue.depth.iter().sum());
    let depth = seen.iter().map(|seen| seen.by_controller(depth(seen)));
    gauge(page, "controller_runtime_workqueue_depth", "Same as workqueue_depth, over all priorities", depth)?;
    let retries = seen.iter().map(|seen| seen.by_controller(seen.queue.retries));
    counter(page, "controller_runtime_workqueue_retries", "Same as workqueue_retries_total", retries)
}

// === impl Watched ===

impl Watched {
    fn encode(&self, page: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
        let watched = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let figures: Vec<_> =
            watched.iter().map(|(resource, read)| (vec![("resource", resource.as_str())], read())).collect();
        gauge(
            page,
            "healing_cache_objects",
            "Objects in the cache, by resource",
            figures.iter().map(|(labels, figures)| (labels.clone(), whole(figures.objects))),
        )?;
        gauge(
            page,
            "healing_undecodable_objects",
            "Objects that could not be decoded and are left alone, by resource",
            figures.iter().map(|(labels, figures)| (labels.clone(), whole(figures.undecodable))),
        )?;
        counter(
            page,
            "healing_watch_failures",
            "Lists and watches that failed, by resource",
            figures.iter().map(|(labels, figures)| (labels.clone(), figures.failures)),
        )
    }
}

// === impl Seen ===

impl<'a> Seen<'a> {
    fn now(name: &'a str, controller: &'a ControllerMetrics) -> Self {
        Self { name, controller, queue: (controller.queue)() }
    }

    fn by_controller<N>(&self, number: N) -> Line<'a, N> {
        (vec![("controller", self.name)], number)
    }

    fn by_queue<N>(&self, number: N) -> Line<'a, N> {
        (vec![("name", self.name), ("controller", self.name)], number)
    }
}

/// Writes a counter; its lines get the suffix `_total`
pub(super) fn counter<'a>(
    page: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    lines: impl Iterator<Item = Line<'a, u64>>,
) -> std::fmt::Result {
    let mut family = page.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, number) in lines {
        if labels.is_empty() {
            // the only line of its family
            return ConstCounter::new(number).encode(family);
        }
        ConstCounter::new(number).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

pub(super) fn gauge<'a, N>(
    page: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    lines: impl Iterator<Item = Line<'a, N>>,
) -> std::fmt::Result
where
    N: EncodeGaugeValue,
{
    let mut family = page.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, number) in lines {
        if labels.is_empty() {
            return ConstGauge::new(number).encode(family);
        }
        ConstGauge::new(number).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

/// A number of keys as a gauge takes it
fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
