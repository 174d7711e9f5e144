//! Plays a sequence on one server, and two such records against each other

use std::collections::BTreeMap;
use std::time::Duration;

use control_plane::until;
use healing_sandbox::Clock;
use serde_json::Value;

use crate::arm::{Answer, Arm, Ready, Stream};
use crate::capture::{self, Captures};
use crate::compare::{self, Difference};
use crate::format::{self, Lets};
use crate::mask::Mask;
use crate::sequence::{Action, Amount, Draft, Sequence, Step, Until};

/// Bounds a condition that never comes; the deletion of a namespace takes five seconds, and far more on a busy machine
const UNTIL_LIMIT: Duration = Duration::from_mins(1);
/// Bounds the wait for events that never come
const EVENTS_LIMIT: Duration = Duration::from_secs(75);

/// A difference and the step where it was seen
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) topic: String,
    pub(crate) title: String,
    /// From 1
    pub(crate) number: usize,
    /// The step's first line
    pub(crate) step: String,
    pub(crate) difference: Difference,
}

/// What one server needs to play a sequence
struct Player<'a> {
    arm: &'a Arm,
    lets: Lets,
    captures: Captures,
    streams: BTreeMap<String, Stream>,
    mask: Mask,
}

/// The differences between the answers of two servers
///
/// Nothing is compared after the first step whose status codes differ: the two are then in different states.
pub(crate) fn differences(sequence: &Sequence, one: &[Answer], two: &[Answer]) -> Vec<Found> {
    let mut all = Vec::new();
    for (index, (first, second)) in one.iter().zip(two).enumerate() {
        let step = &sequence.steps[index];
        let differences = compare::answers(first, second);
        all.extend(differences.into_iter().map(|difference| Found {
            topic: sequence.topic.clone(),
            title: sequence.title.clone(),
            number: index + 1,
            step: step.text.lines().next().unwrap_or_default().to_owned(),
            difference,
        }));
        if first.status != second.status {
            break;
        }
    }
    all
}

/// The masked answers of one server
pub(crate) async fn play(sequence: &Sequence, arm: &Arm, namespace: &str) -> Result<Vec<Answer>, String> {
    let namespace = format!("{}{namespace}", arm.prefix);
    let lets = Lets::from([
        ("ns".to_owned(), namespace.clone()),
        ("group".to_owned(), format!("{namespace}.example.com")),
    ]);
    let mut player = Player {
        arm,
        lets,
        captures: Captures::new(),
        streams: BTreeMap::new(),
        mask: Mask::new(&namespace),
    };
    let mut answers = Vec::with_capacity(sequence.steps.len());
    for (index, step) in sequence.steps.iter().enumerate() {
        let answer = player.step(step).await;
        let answer = answer.map_err(|why| {
            format!("{}, step {} on {}: {why}\n{}", sequence.name(), index + 1, arm.prefix, step.text)
        })?;
        answers.push(answer);
    }
    Ok(answers)
}

// === impl Player ===

impl Player<'_> {
    /// The masked answer to one step
    async fn step(&mut self, step: &Step) -> Result<Answer, String> {
        let label = step.label.as_deref();
        let answer = match &step.action {
            Action::Send { request, until } => {
                let request = self.ready(request)?;
                if let Some(base) = generate_name(&request.body) {
                    self.mask.expect_made_name(&base);
                }
                self.send(&request, until).await?
            }
            Action::Watch { request } => {
                let (answer, stream) = self.arm.watch(&self.ready(request)?).await?;
                let label = label.ok_or("a watch needs a label")?;
                if let Some(stream) = stream {
                    self.streams.insert(label.to_owned(), stream);
                }
                answer
            }
            Action::Events { watch, amount } => self.events(watch, *amount).await?,
        };
        if let Some(label) = label {
            self.captures.insert(label.to_owned(), answer.body.clone());
        }
        let mut masked = self.mask.answer(&answer, Clock::system().now());
        for path in &step.ignored {
            capture::remove(&mut masked.body, path);
        }
        Ok(masked)
    }

    fn ready(&self, draft: &Draft) -> Result<Ready, String> {
        let filled = |text: &str| capture::fill(&format::fill(text, &self.lets), &self.captures);
        let headers = draft.headers.iter().map(|(name, value)| Ok((name.clone(), filled(value)?)));
        Ok(Ready {
            method: draft.method.clone(),
            path: filled(&draft.path)?,
            headers: headers.collect::<Result<_, String>>()?,
            body: capture::body(&draft.body, &self.captures, &self.lets)?,
        })
    }

    async fn send(&self, request: &Ready, conditions: &[Until]) -> Result<Answer, String> {
        let probe = async || {
            let answer = self.arm.send(request).await.map_err(Err)?;
            let held = conditions.iter().all(|until| capture::holds(until, answer.status, &answer.body));
            // a store that is still starting says so, and is asked again
            let early = answer.status == 429 && answer.body.to_string().contains("initializing");
            if held && !early { Ok(answer) } else { Err(Ok(answer)) }
        };
        match until(UNTIL_LIMIT, probe).await {
            Ok(answer) | Err(Some(Ok(answer))) => Ok(answer),
            Err(Some(Err(why))) => Err(why),
            Err(None) => Err(format!("no answer within {UNTIL_LIMIT:?}")),
        }
    }

    /// The next events of a watch as an answer; fewer than asked for where no more come
    async fn events(&mut self, watch: &str, amount: Amount) -> Result<Answer, String> {
        let mut events = Vec::new();
        if let Some(stream) = self.streams.get_mut(watch) {
            let read = async {
                while amount != Amount::Count(events.len()) {
                    let Some(event) = stream.next().await? else {
                        events.push("end of the stream".into());
                        break;
                    };
                    events.push(event);
                }
                Ok::<(), String>(())
            };
            match tokio::time::timeout(EVENTS_LIMIT, read).await {
                Ok(read) => read?,
                Err(_elapsed) => events.push("no more events came".into()),
            }
        }
        Ok(Answer { status: 0, headers: BTreeMap::new(), body: Value::Array(events) })
    }
}

fn generate_name(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer("/metadata/generateName")?.as_str().map(ToOwned::to_owned)
}
