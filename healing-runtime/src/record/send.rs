//! Sends events, one after the other, and never holds anybody up
//!
//! It owns the only task that takes events out of their queue. What an event says, and whether it is a repetition, is
//! decided in `events`.

use std::{sync::Arc, time::Duration};

use tracing::debug;

use crate::{
    client::{CallError, Writer},
    events::{EventQueue, Outgoing},
    metrics::{EventLoss, EventMetrics},
    shutdown::Shutdown,
};

/// What still waits when the process ends may take this long to send
const LAST_ONES: Duration = Duration::from_secs(2);

/// Sends until the process ends, then what still waits, for a moment
///
/// # Caveats
/// Best effort: an event that the API server refuses or does not answer is counted and dropped.
pub(crate) async fn send(writer: Writer, events: Arc<EventQueue>, lost: EventMetrics, shutdown: Shutdown) {
    loop {
        tokio::select! {
            outgoing = events.next() => one(&writer, &outgoing, &lost).await,
            () = shutdown.begun() => break,
        }
    }
    let rest = async {
        while let Some(outgoing) = events.take() {
            one(&writer, &outgoing, &lost).await;
        }
    };
    if tokio::time::timeout(LAST_ONES, rest).await.is_err() {
        debug!("some events were not sent before the end");
    }
}

async fn one(writer: &Writer, outgoing: &Outgoing, lost: &EventMetrics) {
    let event = outgoing.event();
    let namespace = event.metadata.namespace.as_deref().unwrap_or_default();
    let name = event.metadata.name.as_deref().unwrap_or_default();
    let sent = match outgoing {
        Outgoing::New(event) => writer.create_event(namespace, event).await,
        Outgoing::Repeated(event) => {
            match writer.patch_event_series(namespace, name, &outgoing.patch()["series"]).await {
                Err(CallError::NotFound { .. }) => writer.create_event(namespace, event).await,
                answer => answer,
            }
        }
    };
    if let Err(error) = sent {
        debug!(event = name, %error, "event not sent");
        lost.lost(EventLoss::Failed);
    }
}
