//! What the webhook counts: questions by path and code, how long they take, panics, and its certificate
//!
//! The names are those of controller-runtime, where it has one. Paths and codes are known at the start, so nothing
//! that is sent can add a line.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, histogram::Histogram},
};

use super::family::{counter, gauge};

/// What is counted at one path
#[derive(Debug)]
pub(crate) struct WebhookMetrics {
    codes: [AtomicU64; CODES.len()],
    in_flight: Arc<AtomicI64>,
    seconds: Histogram,
}

/// A question that is being answered; dropped when it is
#[derive(Debug)]
pub(crate) struct InFlight(Arc<AtomicI64>);

/// Panics while judging; clones count together
#[derive(Clone, Debug, Default)]
pub(crate) struct WebhookPanics(Arc<AtomicU64>);

/// How often the certificate's files were read; clones count together
#[derive(Clone, Debug, Default)]
pub(crate) struct CertificateMetrics(Arc<Reads>);

#[derive(Debug, Default)]
struct Reads {
    read: AtomicU64,
    failed: AtomicU64,
}

/// Asks at each scrape when the certificate expires, in seconds since 1970; `None` if there is none
pub(crate) type ReadExpiry = Box<dyn Fn() -> Option<i64> + Send + Sync>;

/// All of it
#[derive(Default)]
pub(super) struct Counted {
    paths: RwLock<BTreeMap<String, Arc<WebhookMetrics>>>,
    pub(super) panics: WebhookPanics,
    pub(super) certificate: CertificateMetrics,
    expiry: RwLock<Option<ReadExpiry>>,
}

/// Every code that the webhook answers with; what is none of them counts as the last
const CODES: &[(u16, &str)] =
    &[(200, "200"), (400, "400"), (405, "405"), (408, "408"), (413, "413"), (415, "415"), (500, "500")];

// === impl WebhookMetrics ===

impl WebhookMetrics {
    /// 10 ns to 1,000 s, as controller-runtime has them
    fn new() -> Self {
        let buckets = (-8..=3).map(|exponent| 10_f64.powi(exponent));
        Self { codes: Default::default(), in_flight: Arc::default(), seconds: Histogram::new(buckets) }
    }

    /// A question has come
    pub(crate) fn begun(&self) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(&self.in_flight))
    }

    /// It was answered with this code after this time
    pub(crate) fn answered(&self, code: u16, took: Duration) {
        let place = CODES.iter().position(|(known, _)| *known == code).unwrap_or(CODES.len() - 1);
        self.codes[place].fetch_add(1, Ordering::Relaxed);
        self.seconds.observe(took.as_secs_f64());
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl WebhookPanics ===

impl WebhookPanics {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

// === impl CertificateMetrics ===

impl CertificateMetrics {
    /// Counts files that were read because they had changed
    pub(crate) fn read(&self) {
        self.0.read.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a look at files that are not there or cannot be used
    pub(crate) fn failed(&self) {
        self.0.failed.fetch_add(1, Ordering::Relaxed);
    }
}

// === impl Counted ===

impl Counted {
    pub(super) fn path(&self, path: &str) -> Arc<WebhookMetrics> {
        let mut paths = self.paths.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(paths.entry(path.to_owned()).or_insert_with(|| Arc::new(WebhookMetrics::new())))
    }

    pub(super) fn expires(&self, read: ReadExpiry) {
        *self.expiry.write().unwrap_or_else(PoisonError::into_inner) = Some(read);
    }

    pub(super) fn encode(&self, page: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let paths = self.paths.read().unwrap_or_else(PoisonError::into_inner);
        let by_path = |path| vec![("webhook", path)];
        let codes = paths.iter().flat_map(|(path, one)| {
            CODES.iter().zip(&one.codes).map(|(&(_, code), count)| {
                (vec![("webhook", path.as_str()), ("code", code)], count.load(Ordering::Relaxed))
            })
        });
        counter(
            page,
            "controller_runtime_webhook_requests",
            "Total number of admission requests by HTTP status code",
            codes,
        )?;
        gauge(
            page,
            "controller_runtime_webhook_requests_in_flight",
            "Current number of admission requests being served",
            paths.iter().map(|(path, one)| (by_path(path.as_str()), one.in_flight.load(Ordering::Relaxed))),
        )?;
        let help = "Seconds that admission requests take";
        let mut seconds = page.encode_descriptor(
            "controller_runtime_webhook_latency_seconds",
            help,
            None,
            MetricType::Histogram,
        )?;
        for (path, one) in paths.iter() {
            one.seconds.encode(seconds.encode_family(&by_path(path.as_str()))?)?;
        }
        self.process(page)
    }

    fn process(&self, page: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let alone = |count: &AtomicU64| std::iter::once((Vec::new(), count.load(Ordering::Relaxed)));
        counter(
            page,
            "controller_runtime_webhook_panics",
            "Total number of panics while the webhook judged",
            alone(&self.panics.0),
        )?;
        let reads = &self.certificate.0;
        counter(
            page,
            "certwatcher_read_certificate",
            "Total number of certificate reads",
            alone(&reads.read),
        )?;
        counter(
            page,
            "certwatcher_read_certificate_errors",
            "Total number of certificate read errors",
            alone(&reads.failed),
        )?;
        let expiry = self.expiry.read().unwrap_or_else(PoisonError::into_inner);
        let expiry = expiry.as_ref().and_then(|read| read());
        gauge(
            page,
            "healing_webhook_certificate_expiration_timestamp_seconds",
            "When the certificate of the webhook expires, in seconds since 1970",
            expiry.into_iter().map(|seconds| (Vec::new(), seconds)),
        )
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Counted").field("paths", &self.paths).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::metrics::{Format, Metrics};

    #[test]
    fn what_has_no_label_is_there_even_where_the_webhook_is_off() {
        let page = Metrics::default().expose(Format::Classic);
        let at = page.find("# HELP controller_runtime_webhook").unwrap();
        assert_snapshot!(&page[at..], @r#"
        # HELP controller_runtime_webhook_requests_total Total number of admission requests by HTTP status code
        # TYPE controller_runtime_webhook_requests_total counter
        # HELP controller_runtime_webhook_requests_in_flight Current number of admission requests being served
        # TYPE controller_runtime_webhook_requests_in_flight gauge
        # HELP controller_runtime_webhook_latency_seconds Seconds that admission requests take
        # TYPE controller_runtime_webhook_latency_seconds histogram
        # HELP controller_runtime_webhook_panics_total Total number of panics while the webhook judged
        # TYPE controller_runtime_webhook_panics_total counter
        controller_runtime_webhook_panics_total 0
        # HELP certwatcher_read_certificate_total Total number of certificate reads
        # TYPE certwatcher_read_certificate_total counter
        certwatcher_read_certificate_total 0
        # HELP certwatcher_read_certificate_errors_total Total number of certificate read errors
        # TYPE certwatcher_read_certificate_errors_total counter
        certwatcher_read_certificate_errors_total 0
        # HELP healing_webhook_certificate_expiration_timestamp_seconds When the certificate of the webhook expires, in seconds since 1970
        # TYPE healing_webhook_certificate_expiration_timestamp_seconds gauge
        "#);
    }

    #[test]
    fn every_code_of_a_path_is_there_from_the_start() {
        let metrics = Metrics::default();
        let path = metrics.webhook("/validate-x-io-v1-web");
        path.answered(503, std::time::Duration::from_millis(2));
        metrics.certificate_expiry(Box::new(|| Some(1_700_000_000)));
        let in_flight = path.begun();
        let page = metrics.expose(Format::OpenMetrics);
        drop(in_flight);
        for line in [
            "controller_runtime_webhook_requests_total{webhook=\"/validate-x-io-v1-web\",code=\"200\"} 0\n",
            "controller_runtime_webhook_requests_total{webhook=\"/validate-x-io-v1-web\",code=\"500\"} 1\n",
            "controller_runtime_webhook_requests_in_flight{webhook=\"/validate-x-io-v1-web\"} 1\n",
            "controller_runtime_webhook_latency_seconds_bucket{le=\"0.001\",webhook=\"/validate-x-io-v1-web\"} 0\n",
            "controller_runtime_webhook_latency_seconds_bucket{le=\"0.01\",webhook=\"/validate-x-io-v1-web\"} 1\n",
            "healing_webhook_certificate_expiration_timestamp_seconds 1700000000\n",
        ] {
            assert!(page.contains(line), "{line}{page}");
        }
        assert!(
            metrics
                .expose(Format::Classic)
                .contains("requests_in_flight{webhook=\"/validate-x-io-v1-web\"} 0\n")
        );
    }
}
