//! Many pods on one server: creates, lists, gets, watches, and what they cost the server
//!
//! It owns the order of the steps and the requests, which are the same for every server. What is read is checked.

use std::error::Error;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::args::{Asked, PodLoad, ServerKind};
use crate::fan_out::Watchers;
use crate::report::{Row, float, megabytes, milliseconds, rate, table};
use crate::server::Server;
use crate::usage::Usage;

/// Where the pods are
pub(crate) const PODS: &str = "/api/v1/namespaces/default/pods";
/// How often a list is asked for; the fastest answer counts
const LISTS: usize = 5;

type Failure = Box<dyn Error>;

/// A load on a server
struct Run<'a> {
    server: &'a Server,
    load: PodLoad,
    rows: Vec<Row>,
}

/// What a step took
#[derive(Clone, Copy)]
struct Took {
    seconds: f64,
    /// Of the server's processors
    busy: f64,
}

/// Measures each server that was asked for, and gives the table
pub(crate) fn measure_all(asked: &Asked) -> Result<String, Failure> {
    let mut columns = Vec::new();
    // The sandbox in this process comes first: its memory is measured while nothing else was in here.
    for kind in ServerKind::ALL {
        if asked.server.is_empty() || asked.server.contains(&kind) {
            columns.push((kind.title(), measure(kind, asked)?));
        }
    }
    Ok(table(&columns))
}

/// A runtime for each server, so that nothing of one is left when the next begins
fn measure(kind: ServerKind, asked: &Asked) -> Result<Vec<Row>, Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let server = Server::start(kind, asked).await?;
        let mut run = Run { server: &server, load: asked.load, rows: Vec::new() };
        run.create().await?;
        run.get().await?;
        run.list().await?;
        run.fan_out().await?;
        Ok(run.rows)
    })
}

// === impl Run ===

impl Run<'_> {
    async fn create(&mut self) -> Result<(), Failure> {
        let before = self.usage()?;
        let took = self.each(|number| post(PODS, &pod(number))).await?;
        let after = self.usage()?;
        self.requests("create", took);
        let grown = after.resident.saturating_sub(before.resident);
        let each = float(usize::try_from(grown)?) / float(self.load.pods);
        self.row("memory before", megabytes(before.resident));
        self.row("memory with all pods", megabytes(after.resident));
        self.row("memory a pod", format!("{:.1} kB", each / 1e3));
        Ok(())
    }

    async fn get(&mut self) -> Result<(), Failure> {
        let took = self.each(|number| get(&format!("{PODS}/{}", name(number)))).await?;
        self.requests("get", took);
        Ok(())
    }

    async fn list(&mut self) -> Result<(), Failure> {
        let mut whole = f64::INFINITY;
        let mut bytes = 0;
        for _ in 0..LISTS {
            let begin = Instant::now();
            let text = self.server.client.request_text(get(PODS)?).await?;
            whole = whole.min(begin.elapsed().as_secs_f64());
            bytes = text.len();
            let list: Value = serde_json::from_str(&text)?;
            self.expect(list["items"].as_array().map_or(0, Vec::len))?;
        }
        self.row("list of all", milliseconds(whole));
        self.row("bytes of that", megabytes(u64::try_from(bytes)?));
        let mut paged = f64::INFINITY;
        for _ in 0..LISTS {
            paged = paged.min(self.pages().await?);
        }
        self.row(&format!("list in pages of {}", self.load.page), milliseconds(paged));
        Ok(())
    }

    /// Reads all pages and gives the time that was spent waiting for them
    async fn pages(&self) -> Result<f64, Failure> {
        let (mut waited, mut found, mut token) = (Duration::ZERO, 0, String::new());
        loop {
            let path = format!("{PODS}?limit={}&continue={token}", self.load.page);
            let begin = Instant::now();
            let text = self.server.client.request_text(get(&path)?).await?;
            waited += begin.elapsed();
            let list: Value = serde_json::from_str(&text)?;
            found += list["items"].as_array().map_or(0, Vec::len);
            list["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut token);
            if token.is_empty() {
                self.expect(found)?;
                return Ok(waited.as_secs_f64());
            }
        }
    }

    async fn fan_out(&mut self) -> Result<(), Failure> {
        let count = self.load.watchers;
        let events = count * self.load.pods;
        let (begin, before) = (Instant::now(), self.usage()?);
        let mut watchers = Watchers::open(&self.server.client, count, self.load.pods);
        watchers.replayed().await?;
        let took = self.since(begin, before)?;
        self.row(&format!("{count} watches told of all"), format!("{} events", rate(events, took.seconds)));
        self.busy("an event of those", events, took);

        let (begin, before) = (Instant::now(), self.usage()?);
        let patched = self.each(|number| patch(&format!("{PODS}/{}", name(number)))).await?;
        watchers.finished().await?;
        let took = self.since(begin, before)?;
        self.row(&format!("patch, {count} watches open"), rate(self.load.pods, patched.seconds));
        self.row("events of the patches", format!("{} events", rate(events, took.seconds)));
        self.busy("a patch with its events", self.load.pods, took);
        self.row("memory at the end", megabytes(self.usage()?.resident));
        Ok(())
    }

    /// Sends a request for each pod, some at a time
    async fn each(
        &self,
        request: impl Fn(usize) -> Result<http::Request<Vec<u8>>, Failure>,
    ) -> Result<Took, Failure> {
        let (begin, before) = (Instant::now(), self.usage()?);
        let client = &self.server.client;
        let answers = stream::iter((0..self.load.pods).map(request))
            .map(|request| async move { answered(client, request?).await })
            .buffer_unordered(self.load.concurrency);
        answers.try_for_each(|()| async { Ok(()) }).await?;
        self.since(begin, before)
    }

    fn usage(&self) -> Result<Usage, Failure> {
        Ok(Usage::of(&self.server.pids)?)
    }

    fn since(&self, begin: Instant, before: Usage) -> Result<Took, Failure> {
        let seconds = begin.elapsed().as_secs_f64();
        Ok(Took { seconds, busy: self.usage()?.seconds - before.seconds })
    }

    fn row(&mut self, what: &str, value: String) {
        self.rows.push(Row::new(what, value));
    }

    fn requests(&mut self, what: &str, took: Took) {
        self.row(what, rate(self.load.pods, took.seconds));
        self.busy(&format!("a {what}"), self.load.pods, took);
    }

    /// What one of `count` things cost the server
    fn busy(&mut self, what: &str, count: usize, took: Took) {
        let each = took.busy * 1e6 / float(count);
        self.row(&format!("processor time of {what}"), format!("{each:.0} us"));
    }

    fn expect(&self, found: usize) -> Result<(), Failure> {
        if found == self.load.pods {
            return Ok(());
        }
        Err(format!("{found} pods are listed, and there are {}", self.load.pods).into())
    }
}

async fn answered(client: &Client, request: http::Request<Vec<u8>>) -> Result<(), Failure> {
    client.request_text(request).await?;
    Ok(())
}

fn get(path: &str) -> Result<http::Request<Vec<u8>>, Failure> {
    Ok(http::Request::get(path).body(Vec::new())?)
}

fn post(path: &str, object: &Value) -> Result<http::Request<Vec<u8>>, Failure> {
    let request = http::Request::post(path).header(http::header::CONTENT_TYPE, "application/json");
    Ok(request.body(serde_json::to_vec(object)?)?)
}

fn patch(path: &str) -> Result<http::Request<Vec<u8>>, Failure> {
    let patch = json!({ "metadata": { "labels": { "bench.test/changed": "yes" } } });
    let request =
        http::Request::patch(path).header(http::header::CONTENT_TYPE, "application/merge-patch+json");
    Ok(request.body(serde_json::to_vec(&patch)?)?)
}

fn name(number: usize) -> String {
    format!("pod-{number:05}")
}

/// The number of a pod of ours
pub(crate) fn number(name: &str) -> Option<usize> {
    name.strip_prefix("pod-")?.parse().ok()
}

/// A pod as a workload would make it, that waits for a scheduler which does not exist
fn pod(number: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name(number),
            "labels": { "app.kubernetes.io/name": "bench", "bench.test/shard": (number % 100).to_string() },
            "annotations": { "bench.test/note": "as many bytes as a short note about a pod has" },
        },
        "spec": {
            "schedulerName": "nobody",
            "containers": [{
                "name": "app",
                "image": "registry.example.com/team/app:1.2.3",
                "ports": [{ "containerPort": 8080 }],
                "env": [
                    { "name": "LOG", "value": "info" },
                    { "name": "NAME", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } },
                ],
                "resources": { "requests": { "cpu": "100m", "memory": "64Mi" }, "limits": { "memory": "64Mi" } },
                "readinessProbe": { "httpGet": { "path": "/ready", "port": 8080 }, "periodSeconds": 5 },
            }],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_load_is_answered_rightly() {
        let load = PodLoad { pods: 50, watchers: 3, concurrency: 4, page: 20 };
        let asked = Asked { server: vec![ServerKind::InProcess], sandbox: None, load };
        let table = measure_all(&asked).unwrap();
        assert!(table.contains("| patch, 3 watches open | "), "{table}");
    }
}
