//! One kind of objects as an endless stream: the whole list first, then every change
//!
//! It hides that watches end: any failure makes a new list after a wait that grows. What the objects mean is not its
//! business.

use std::fmt::Debug;
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt, unfold};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use crate::clock::Clock;

/// What a watch tells
#[derive(Clone, Debug)]
pub(crate) enum Change<K> {
    /// These are all objects
    Listed(Vec<K>),
    /// This object is new or has changed
    Seen(Box<K>),
    /// This object is gone
    Gone(Box<K>),
}

/// Shortest and longest wait before a new list after a failure
const WAIT: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

struct Feed<K> {
    api: Api<K>,
    config: watcher::Config,
    clock: Clock,
    events: Option<BoxStream<'static, watcher::Result<Event<K>>>>,
    wait: Duration,
    list: Vec<K>,
}

/// Lists and watches; the stream does not end
pub(crate) fn feed<K>(api: Api<K>, config: watcher::Config, clock: Clock) -> BoxStream<'static, Change<K>>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    let feed = Feed { api, config, clock, events: None, wait: WAIT.0, list: Vec::new() };
    unfold(feed, |mut feed| async move {
        let change = feed.next().await;
        Some((change, feed))
    })
    .boxed()
}

// === impl Feed ===

impl<K> Feed<K>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    async fn next(&mut self) -> Change<K> {
        loop {
            let (api, config) = (&self.api, &self.config);
            let events = self.events.get_or_insert_with(|| watcher(api.clone(), config.clone()).boxed());
            match events.next().await {
                Some(Ok(event)) => {
                    if let Some(change) = self.take(event) {
                        self.wait = WAIT.0;
                        return change;
                    }
                }
                Some(Err(error)) => self.start_over(&error.to_string()).await,
                None => self.start_over("the watch ended").await,
            }
        }
    }

    fn take(&mut self, event: Event<K>) -> Option<Change<K>> {
        match event {
            Event::Init => self.list.clear(),
            Event::InitApply(object) => self.list.push(object),
            Event::InitDone => return Some(Change::Listed(std::mem::take(&mut self.list))),
            Event::Apply(object) => return Some(Change::Seen(Box::new(object))),
            Event::Delete(object) => return Some(Change::Gone(Box::new(object))),
        }
        None
    }

    /// Drops the watch, so that the next look lists anew: a failed one may hold on to a version that is too old
    async fn start_over(&mut self, why: &str) {
        tracing::debug!(url = self.api.resource_url(), why, wait = ?self.wait, "watching anew");
        self.events = None;
        self.clock.sleep(self.wait).await;
        self.wait = self.wait.saturating_mul(2).min(WAIT.1);
    }
}
