//! `watch`: a position in the log of changes, and what a client is told when it is asked for
//!
//! It owns the order of events, bookmarks and the end of a watch. Waiting is the host's business: it polls when
//! something was stored or a time has come.

mod frame;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::{FieldError, Reason};

use self::frame::Frame;
use crate::call::{Accept, Call, Form};
use crate::kind::Kind;
use crate::read::{number, refuse_options};
use crate::select::Selector;
use crate::store::Change;
use crate::table::IncludeObject;
use crate::{ApiServer, Refusal, Response, present};

/// How long a watch lasts whose client does not say
const LASTS: Duration = Duration::from_mins(30);
/// Time between two bookmarks
const BOOKMARK: Duration = Duration::from_mins(1);
/// The last bookmark comes this long before the end
const LAST_BOOKMARK: Duration = Duration::from_secs(2);
/// Most events that one poll gives, so that a slow client costs no memory
const EVENTS_MAX: usize = 500;

/// A watch that is open; the host keeps it and polls it
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a step of a watch that was or is to be made")]
pub struct Watch {
    kind: Arc<Kind>,
    namespace: String,
    selector: Selector,
    accept: Accept,
    include: IncludeObject,
    /// Changes up to this revision were looked at
    position: u64,
    /// Objects that were there when it began, to be told as ADDED
    initial: VecDeque<Arc<Value>>,
    /// A bookmark is to say that these are all
    marks_initial: bool,
    bookmarks: bool,
    /// Revision that the client knows of
    told: u64,
    next_bookmark: Timestamp,
    ends: Timestamp,
    last_bookmark_sent: bool,
    /// A Table names its columns once
    has_columns: bool,
    /// What to say instead of anything else, and then end
    error: Option<Refusal>,
}

/// What a poll of a watch gives
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poll {
    /// Lines to send, each with its line end
    pub frames: Vec<Vec<u8>>,
    /// Nothing follows
    pub ended: bool,
    /// When to poll again even if nothing is stored; at once if it is not later than now
    pub again: Option<Timestamp>,
}

// === impl ApiServer ===

impl ApiServer {
    /// Begins a watch
    pub(crate) fn watch(&self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let query = &call.query;
        let mut selector = Selector::parse(kind, query)?;
        if !call.target.name.is_empty() {
            selector.narrow_to(&call.target.name);
        }
        check(call)?;
        let asked = asked(&query.resource_version)?;
        let synthetic = query.send_initial_events.unwrap_or(asked.is_none());
        let mut watch = Watch {
            kind: Arc::clone(kind),
            namespace: call.target.namespace.clone(),
            selector,
            accept: call.accept,
            include: present::include(call)?,
            position: asked.unwrap_or(0),
            initial: VecDeque::new(),
            marks_initial: query.send_initial_events == Some(true) && query.allow_watch_bookmarks,
            bookmarks: query.allow_watch_bookmarks,
            told: asked.unwrap_or(0),
            next_bookmark: later(call.now, BOOKMARK),
            ends: later(
                call.now,
                query.timeout_seconds.filter(|secs| *secs > 0).map_or(LASTS, Duration::from_secs),
            ),
            last_bookmark_sent: false,
            has_columns: false,
            error: None,
        };
        if synthetic {
            let snapshot = self.newest(kind, &watch.namespace);
            let selected = |object: &Arc<Value>| watch.selector.matches(kind, object);
            watch.initial = snapshot.objects.into_iter().filter(selected).collect();
            watch.position = snapshot.revision;
        } else if asked.is_none() {
            watch.position = self.store.revision();
        } else if let Some(revision) = asked
            && let begins = self.store.begins(&kind.key)
            && (revision < begins || self.store.changes(&kind.key, revision).is_none())
        {
            let newest = if revision < begins { begins } else { self.store.revision() };
            watch.error = Some(Refusal::expired(format!("too old resource version: {revision} ({newest})")));
        }
        Ok(Response::watch(watch))
    }

    /// What there is to tell by now
    pub fn poll(&self, watch: &mut Watch, now: Timestamp) -> Poll {
        let mut frames = Vec::new();
        if let Some(error) = watch.error.take() {
            frames.push(Frame::error(&error));
            return Poll { frames, ended: true, again: None };
        }
        watch.tell_initial(&mut frames, now);
        if !self.tell_changes(watch, &mut frames, now) {
            return Poll { frames, ended: true, again: None };
        }
        let more = frames.len() >= EVENTS_MAX;
        if !more {
            watch.tell_bookmarks(&mut frames, self.store.newest(&watch.kind.key), now);
        }
        let is_served =
            self.kinds.get(watch.kind.group(), &watch.kind.version, watch.kind.plural()).is_some();
        let ended = !more && (now >= watch.ends || !is_served);
        Poll { frames, ended, again: (!ended).then(|| if more { now } else { watch.wakes() }) }
    }

    /// Tells changes of the log; false if the watch is over because some are not known any more
    fn tell_changes(&self, watch: &mut Watch, frames: &mut Vec<Vec<u8>>, now: Timestamp) -> bool {
        if !watch.initial.is_empty() {
            return true;
        }
        let kind = Arc::clone(&watch.kind);
        let Some(changes) = self.store.changes(&kind.key, watch.position) else {
            let (position, newest) = (watch.position, self.store.revision());
            let error = Refusal::expired(format!("too old resource version: {position} ({newest})"));
            frames.push(Frame::error(&error));
            return false;
        };
        for change in changes {
            if frames.len() >= EVENTS_MAX {
                return true;
            }
            watch.position = change.revision;
            if let Some((word, object)) = watch.event(change) {
                watch.told = change.revision;
                let line = if watch.tells_whole(&object, change) {
                    Frame::text(word, change.text())
                } else {
                    watch.frame(word, &object, now)
                };
                frames.push(line);
            }
        }
        true
    }
}

// === impl Watch ===

impl Watch {
    /// When it has something to tell although nothing was stored
    fn wakes(&self) -> Timestamp {
        if self.bookmarks { self.next_bookmark.min(self.ends) } else { self.ends }
    }

    fn tell_initial(&mut self, frames: &mut Vec<Vec<u8>>, now: Timestamp) {
        while frames.len() < EVENTS_MAX
            && let Some(object) = self.initial.pop_front()
        {
            let line = self.frame("ADDED", &object, now);
            frames.push(line);
        }
        if self.initial.is_empty() {
            self.told = self.told.max(if frames.is_empty() { 0 } else { self.position });
            if std::mem::take(&mut self.marks_initial) {
                self.told = self.position;
                let annotations = json!({ "k8s.io/initial-events-end": "true" });
                frames.push(self.bookmark(&annotations));
            }
        }
    }

    /// The event that a change is for this watch, by what was and is selected
    fn event(&self, change: &Change) -> Option<(&'static str, Arc<Value>)> {
        let is_here = |object: &Value| {
            self.namespace.is_empty() || object["metadata"]["namespace"] == self.namespace.as_str()
        };
        if !is_here(&change.object) {
            return None;
        }
        let selected = |object: &Value| self.selector.matches(&self.kind, object);
        let before = change.previous.as_deref().is_some_and(selected);
        match (before, !change.deleted && selected(&change.object)) {
            (true, true) => Some(("MODIFIED", Arc::clone(&change.object))),
            (false, true) => Some(("ADDED", Arc::clone(&change.object))),
            (true, false) if change.deleted => Some(("DELETED", Arc::clone(&change.object))),
            (true, false) => {
                // it left the selection: its old form, with the revision of the change
                let mut old = change.previous.as_deref().cloned()?;
                old["metadata"]["resourceVersion"] = change.revision.to_string().into();
                Some(("DELETED", Arc::new(old)))
            }
            (false, false) => None,
        }
    }

    fn tell_bookmarks(&mut self, frames: &mut Vec<Vec<u8>>, newest: u64, now: Timestamp) {
        if !self.bookmarks {
            return;
        }
        let near_end = now >= earlier(self.ends, LAST_BOOKMARK) && !self.last_bookmark_sent;
        if now < self.next_bookmark && !near_end {
            return;
        }
        self.last_bookmark_sent |= near_end;
        self.next_bookmark = if near_end {
            self.ends
        } else {
            later(now, BOOKMARK)
                .min(earlier(self.ends, LAST_BOOKMARK).max(later(now, Duration::from_millis(1))))
        };
        let known = self.position.max(newest);
        // a kind in which nothing happened has nothing to say
        if known > self.told {
            (self.told, self.position) = (known, known);
            frames.push(self.bookmark(&Value::Null));
        }
    }

    fn bookmark(&mut self, annotations: &Value) -> Vec<u8> {
        let mut metadata = json!({ "resourceVersion": self.told.to_string() });
        if !annotations.is_null() {
            metadata["annotations"] = annotations.clone();
        }
        let object = json!({
            "kind": self.kind.kind, "apiVersion": self.kind.api_version(), "metadata": metadata,
        });
        Frame::bookmark(self, object)
    }

    /// Whether what is told of a change is its object, just as it is stored
    fn tells_whole(&self, object: &Arc<Value>, change: &Change) -> bool {
        let is_stored = |object: &Arc<Value>| Arc::ptr_eq(object, &change.object);
        self.accept.form == Form::Whole && is_stored(object) && is_stored(&self.kind.shown(object))
    }

    fn frame(&mut self, word: &str, object: &Arc<Value>, now: Timestamp) -> Vec<u8> {
        let shown = self.kind.shown(object);
        Frame::event(self, word, &shown, now)
    }
}

/// What a query of a watch must be
fn check(call: &Call) -> Result<(), Refusal> {
    let query = &call.query;
    let mut errors = Vec::new();
    let matching = query.resource_version_match.as_str();
    let mut forbid = |why: &str| {
        errors.push(FieldError::new(Reason::Forbidden, "resourceVersionMatch", why));
    };
    if query.send_initial_events.is_some() && matching != "NotOlderThan" {
        forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if query.send_initial_events.is_none() && !matching.is_empty() {
        forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    if !matches!(matching, "" | "NotOlderThan") {
        errors.push(FieldError::not_supported("resourceVersionMatch", &matching.into(), &["NotOlderThan"]));
    }
    refuse_options(&errors)
}

/// The revision after which a watch begins; none for one that begins with what is there
fn asked(text: &str) -> Result<Option<u64>, Refusal> {
    let wrong = |refusal: Refusal| Refusal::new(500, "", refusal.message);
    Ok(number(text).map_err(wrong)?.filter(|revision| *revision > 0))
}

fn later(time: Timestamp, duration: Duration) -> Timestamp {
    time.checked_add(duration).unwrap_or(Timestamp::MAX)
}

fn earlier(time: Timestamp, duration: Duration) -> Timestamp {
    time.checked_sub(duration).unwrap_or(Timestamp::MIN)
}
