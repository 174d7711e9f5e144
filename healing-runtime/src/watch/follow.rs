//! One watch call, from its start to its end, and how it ended
//!
//! It owns reading the stream; what follows from an end is decided by the supervisor.

use std::{pin::pin, time::Duration};

use futures::{Stream, StreamExt};
use kube::{
    Api,
    api::{WatchEvent, WatchParams},
};

use super::{Sink, Watch, Watched};
use crate::client::{CALL_DEADLINE, CallError, api, within};

/// How a watch call ended
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Cleanly, after it had shown something or lived for a while
    Lived { version: String },
    /// Cleanly, but at once and with nothing
    Short { version: String },
    /// In the middle, by an error of the connection
    Cut { version: String, message: String },
    /// Before it began
    NotStarted { version: String, message: String },
    /// With what we know being of no use any more: list again
    Lost { message: String },
}

/// What came next on the stream
enum Next<T> {
    /// An event, or an error in place of one
    Event(kube::Result<WatchEvent<T>>),
    /// The watch has lived long enough to count as healthy
    Lived,
    /// The stream is over, or silent for longer than the API server lets any watch live
    Over,
}

impl<S: Sink> Watch<S> {
    /// The API server ends a watch after this time
    const WATCH_SECS: u32 = 290;
    /// How long after that its end must have arrived
    const SILENCE_MAX: Duration = Duration::from_secs(Self::WATCH_SECS as u64 + 5);
    /// A watch that ends before this time and without an object counts as failed
    const LIVED_MIN: Duration = Duration::from_secs(1);

    /// Starts a watch after a resourceVersion and passes on what it shows, until it ends
    pub(super) async fn follow(&mut self, mut version: String) -> End {
        let watched: Api<Watched<S::Object>> = api(&self.client, &self.target.scope, &self.target.resource);
        let params = WatchParams {
            label_selector: self.target.selector.clone(),
            timeout: Some(Self::WATCH_SECS),
            bookmarks: true,
            ..WatchParams::default()
        };
        let mut stream = match within(CALL_DEADLINE, watched.watch(&params, &version)).await {
            Ok(stream) => pin!(stream),
            Err(CallError::Gone { message }) => return End::Lost { message },
            Err(error) => return End::NotStarted { version, message: error.to_string() },
        };
        let mut lived = false;
        loop {
            match self.next(&mut stream, lived).await {
                Next::Event(Ok(
                    event @ (WatchEvent::Added(_) | WatchEvent::Modified(_) | WatchEvent::Deleted(_)),
                )) => {
                    if !lived {
                        lived = true;
                        self.recovered();
                    }
                    version = self.pass_on(event, version);
                }
                // A bookmark is no sign of life: a broken proxy may replay one and end, again and again.
                Next::Event(Ok(WatchEvent::Bookmark(bookmark))) => {
                    version = bookmark.metadata.resource_version;
                    self.sink.seen(version.parse().ok());
                }
                // Whatever the error says, the stream has said that it does not show everything any more.
                Next::Event(Ok(WatchEvent::Error(status))) => {
                    return End::Lost { message: CallError::of_status(&status).to_string() };
                }
                Next::Event(Err(error)) => {
                    return End::Cut { version, message: CallError::from(error).to_string() };
                }
                Next::Lived => {
                    lived = true;
                    self.recovered();
                }
                Next::Over if lived => return End::Lived { version },
                Next::Over => return End::Short { version },
            }
        }
    }

    async fn next<T>(
        &self,
        stream: &mut (impl Stream<Item = kube::Result<WatchEvent<T>>> + Unpin),
        lived: bool,
    ) -> Next<T> {
        let patience = if lived { Self::SILENCE_MAX } else { Self::LIVED_MIN };
        match tokio::time::timeout(patience, stream.next()).await {
            Ok(Some(event)) => Next::Event(event),
            Ok(None) => Next::Over,
            Err(_) if lived => Next::Over,
            Err(_) => Next::Lived,
        }
    }

    /// Gives an object to the sink; returns the resourceVersion that it brings the watch to
    fn pass_on(&self, event: WatchEvent<Watched<S::Object>>, before: String) -> String {
        let (object, deleted) = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => (object, false),
            WatchEvent::Deleted(object) => (object, true),
            WatchEvent::Bookmark(_) | WatchEvent::Error(_) => return before,
        };
        let version = object.metadata.resource_version.clone().unwrap_or(before);
        if deleted {
            self.sink.deleted(object);
        } else {
            self.sink.applied(object, false);
        }
        version
    }
}
