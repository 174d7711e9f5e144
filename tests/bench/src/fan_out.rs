//! Watches that are all told of all pods: first of those that are there, then of a change of each
//!
//! It owns what a watcher has to see, and says which one did not. Lines are read for type and name alone, so that the
//! client's share of the time is small and the same for every server.

use std::error::Error;
use std::time::Duration;

use futures::{AsyncBufReadExt, StreamExt};
use kube::Client;
use serde::Deserialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::pods::{PODS, number};

/// A watch that is told nothing for so long will not be told the rest either
const QUIET: Duration = Duration::from_mins(1);

/// Watches that are open; they end when each has seen everything
pub(crate) struct Watchers {
    tasks: JoinSet<Result<(), String>>,
    replayed: UnboundedReceiver<()>,
    count: usize,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    object: Object<'a>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(default)]
    name: &'a str,
}

/// Which pods a watch has told of in one way
struct Seen {
    pods: Vec<bool>,
    left: usize,
}

// === impl Watchers ===

impl Watchers {
    /// Opens `count` watches, each of which is to tell of `pods` pods
    pub(crate) fn open(client: &Client, count: usize, pods: usize) -> Self {
        let (tell, replayed) = unbounded_channel();
        let mut tasks = JoinSet::new();
        for watcher in 0..count {
            let (client, tell) = (client.clone(), tell.clone());
            tasks.spawn(async move {
                watch(&client, pods, &tell).await.map_err(|error| format!("watcher {watcher} {error}"))
            });
        }
        Self { tasks, replayed, count }
    }

    /// Waits until each was told that each pod is there
    pub(crate) async fn replayed(&mut self) -> Result<(), Box<dyn Error>> {
        for _ in 0..self.count {
            tokio::select! {
                Some(()) = self.replayed.recv() => {}
                Some(ended) = self.tasks.join_next() => ended??,
            }
        }
        Ok(())
    }

    /// Waits until each was told that each pod has changed
    pub(crate) async fn finished(mut self) -> Result<(), Box<dyn Error>> {
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(())
    }
}

async fn watch(client: &Client, pods: usize, replayed: &UnboundedSender<()>) -> Result<(), String> {
    let (mut added, mut modified) = (Seen::new(pods), Seen::new(pods));
    let path = format!("{PODS}?watch=true&resourceVersion=0");
    let request = http::Request::get(path).body(Vec::new()).map_err(|error| error.to_string())?;
    let stream = client.request_stream(request).await.map_err(|error| error.to_string())?;
    let mut lines = std::pin::pin!(stream.lines());
    while modified.left > 0 {
        let next = timeout(QUIET, lines.next()).await;
        let missing = || format!("still misses {} pods and {} changes", added.left, modified.left);
        let line = match next {
            Ok(Some(line)) => line.map_err(|error| format!("{}: {error}", missing()))?,
            Ok(None) => return Err(format!("{}, and the watch has ended", missing())),
            Err(_) => return Err(format!("{}, and is told no more", missing())),
        };
        let event: Line<'_> =
            serde_json::from_str(&line).map_err(|error| format!("was told '{line}': {error}"))?;
        match event.kind {
            "ADDED" => {
                added.note(event.object.metadata.name);
                if added.left == 0 && !std::mem::take(&mut added.pods).is_empty() {
                    // whoever waits has gone only if another watcher has failed
                    let _heard = replayed.send(());
                }
            }
            "MODIFIED" => modified.note(event.object.metadata.name),
            _ => return Err(format!("was told '{line}'")),
        }
    }
    Ok(())
}

// === impl Seen ===

impl Seen {
    fn new(pods: usize) -> Self {
        Self { pods: vec![false; pods], left: pods }
    }

    /// Pods of others and a second telling count for nothing
    fn note(&mut self, name: &str) {
        if let Some(seen) = number(name).and_then(|number| self.pods.get_mut(number))
            && !std::mem::replace(seen, true)
        {
            self.left -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pod_counts_once() {
        let mut seen = Seen::new(2);
        for (name, left) in
            [("pod-00001", 1), ("pod-00001", 1), ("other", 1), ("pod-00002", 1), ("pod-00000", 0)]
        {
            seen.note(name);
            assert_eq!(seen.left, left, "{name}");
        }
    }
}
