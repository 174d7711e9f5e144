//! The metric families: name, help, labels, and where each number comes from
//!
//! They are written by a collector instead of through `prometheus-client`'s own families, which are hash maps: the
//! lines of a page keep their order this way, and no label set can be forgotten at start.

use std::sync::{PoisonError, atomic::Ordering};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::{ControllerMetrics, Counted, EventLoss, ReconcileResult};

/// One line: labels and number
type Line<'a> = (Vec<(&'static str, &'a str)>, u64);

type Controllers<'a> = [(&'a str, &'a ControllerMetrics)];

/// The priority of every key: there is one so far
const PRIORITY: &str = "0";

impl Collector for Counted {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> std::fmt::Result {
        let controllers = self.controllers.read().unwrap_or_else(PoisonError::into_inner);
        let controllers: Vec<(&str, &ControllerMetrics)> =
            controllers.iter().map(|(name, controller)| (name.as_str(), &**controller)).collect();
        reconciles(&mut page, &controllers)?;
        queues(&mut page, &controllers)?;
        queue_aliases(&mut page, &controllers)?;
        let lost = EventLoss::ALL.iter().map(|&why| (vec![("reason", why.label())], self.events.count(why)));
        counter(&mut page, "healing_events_lost", "Kubernetes Events given up, by reason", lost)
    }
}

fn reconciles(page: &mut DescriptorEncoder<'_>, controllers: &Controllers<'_>) -> std::fmt::Result {
    let per_controller = |figure: fn(&ControllerMetrics) -> u64| {
        controllers.iter().map(move |(name, controller)| (vec![("controller", *name)], figure(controller)))
    };
    let results = controllers.iter().flat_map(|(name, controller)| {
        ReconcileResult::ALL.map(|result| {
            (vec![("controller", *name), ("result", result.label())], controller.results(result))
        })
    });
    counter(page, "controller_runtime_reconcile", "Total number of reconciliations per controller", results)?;
    counter(
        page,
        "controller_runtime_reconcile_errors",
        "Total number of reconciliation errors per controller",
        per_controller(|controller| controller.results(ReconcileResult::Error)),
    )?;
    counter(
        page,
        "controller_runtime_reconcile_panics",
        "Total number of reconciliation panics per controller",
        per_controller(|controller| controller.panics.load(Ordering::Relaxed)),
    )?;
    counter(
        page,
        "controller_runtime_reconcile_timeouts",
        "Total number of reconciliation timeouts per controller",
        per_controller(|controller| controller.timeouts.load(Ordering::Relaxed)),
    )
}

fn queues(page: &mut DescriptorEncoder<'_>, controllers: &Controllers<'_>) -> std::fmt::Result {
    let labels = |name| vec![("name", name), ("controller", name)];
    let depth = controllers.iter().map(|(name, controller)| {
        let mut labels = labels(*name);
        labels.push(("priority", PRIORITY));
        (labels, controller.queue.depth())
    });
    gauge(page, "workqueue_depth", "Current depth of workqueue by priority", depth)?;
    let adds = controllers.iter().map(|(name, controller)| (labels(*name), controller.queue.adds()));
    counter(page, "workqueue_adds", "Total number of adds handled by workqueue", adds)?;
    let retries = controllers.iter().map(|(name, controller)| (labels(*name), controller.queue.retries()));
    counter(page, "workqueue_retries", "Total number of retries handled by workqueue", retries)
}

/// The two names that guides give to the queue's figures, although no Go operator exports them
fn queue_aliases(page: &mut DescriptorEncoder<'_>, controllers: &Controllers<'_>) -> std::fmt::Result {
    let depth =
        controllers.iter().map(|(name, controller)| (vec![("controller", *name)], controller.queue.depth()));
    gauge(page, "controller_runtime_workqueue_depth", "Same as workqueue_depth, over all priorities", depth)?;
    let retries = controllers
        .iter()
        .map(|(name, controller)| (vec![("controller", *name)], controller.queue.retries()));
    counter(page, "controller_runtime_workqueue_retries", "Same as workqueue_retries_total", retries)
}

/// Writes a counter; its lines get the suffix `_total`
fn counter<'a>(
    page: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    lines: impl Iterator<Item = Line<'a>>,
) -> std::fmt::Result {
    let mut family = page.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, number) in lines {
        ConstCounter::new(number).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn gauge<'a>(
    page: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    lines: impl Iterator<Item = Line<'a>>,
) -> std::fmt::Result {
    let mut family = page.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, number) in lines {
        ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX)).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}
