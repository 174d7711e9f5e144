//! Candidates, their clocks, and a server between them; everything moves in steps of virtual time

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::election::{Action, Candidate, Lease, Loss, Read, Timing, Written};

/// One step, in milliseconds
const STEP: u64 = 50;
/// How long a request takes to the server, and its answer back
const WAY: u64 = 50;

/// The lease as an API server keeps it
#[derive(Default)]
pub(super) struct Server {
    pub(super) object: Option<Value>,
    version: u64,
}

/// What happens to one request
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Pass,
    /// It never arrives, and nothing comes back
    Lost,
    /// It is carried out, and the answer is lost
    AnswerLost,
    /// It is carried out this many milliseconds later, after the candidate has given it up
    Late(u64),
    /// It is refused: 429, 403
    Refused,
    /// It is carried out, and answered 500 or 504
    AppliedWithError,
    /// It is not carried out, and answered 500 or 504
    Error,
    /// It is answered 409 although nobody else wrote
    Conflict,
}

/// A request as faults see it
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) node: usize,
    pub(super) at: u64,
    pub(super) is_write: bool,
}

struct Flight {
    action: Action,
    sent: Duration,
    fate: Fate,
    arrives: u64,
    answer: Option<(u64, Answer)>,
}

#[derive(Clone)]
enum Answer {
    Read(Read),
    Written(Written),
}

/// One process
pub(super) struct Node {
    pub(super) candidate: Candidate,
    /// How fast its clock runs
    pub(super) rate: f64,
    /// What its wall clock shows beside the truth
    pub(super) wall_offset: SignedDuration,
    /// It does nothing before this
    pub(super) paused_until: u64,
    pub(super) alive: bool,
    /// Its election loop hangs while everything else goes on
    pub(super) stuck: bool,
    pub(super) lost: Option<(u64, Loss)>,
    /// When it first had a valid token in its newest term
    pub(super) led_since: Option<u64>,
    flight: Option<Flight>,
    jitter: u64,
}

type Fault = Box<dyn FnMut(Call) -> Fate>;

pub(super) struct World {
    pub(super) now: u64,
    pub(super) server: Server,
    pub(super) nodes: Vec<Node>,
    pub(super) fault: Fault,
    pub(super) timing: Timing,
    /// Milliseconds in which two tokens were valid
    pub(super) overlap: u64,
    /// Milliseconds since nobody has had a valid token
    pub(super) without: u64,
    /// Who wrote what the token allowed: time, node, epoch
    pub(super) writes: Vec<(u64, usize, i32)>,
    /// Writes that somebody who thinks that it leads wanted and the token refused
    pub(super) refused: usize,
    pub(super) terms: Vec<(usize, i32)>,
    /// Requests that nobody waits for any more and that have not arrived yet
    late: Vec<Flight>,
}

// === impl Server ===

impl Server {
    pub(super) fn read(&self) -> Read {
        self.object.clone().map_or(Read::Missing, |object| Read::Found(Lease::new(object)))
    }

    pub(super) fn create(&mut self, object: Value) -> Written {
        if self.object.is_some() { Written::Conflict } else { self.store(object) }
    }

    /// As a real one: also the UID has to be that of the object
    pub(super) fn replace(&mut self, object: Value) -> Written {
        let same = |field: &str| {
            self.object.as_ref().is_some_and(|known| known["metadata"][field] == object["metadata"][field])
        };
        if same("uid") && same("resourceVersion") { self.store(object) } else { Written::Conflict }
    }

    fn store(&mut self, mut object: Value) -> Written {
        self.version += 1;
        if self.object.is_none() {
            object["metadata"]["uid"] = Value::from(format!("uid-{}", self.version));
        }
        object["metadata"]["resourceVersion"] = Value::from(self.version.to_string());
        self.object = Some(object.clone());
        Written::Accepted(Lease::new(object))
    }

    /// Somebody edits its spec by hand
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        if let Some(mut object) = self.object.clone() {
            change(&mut object["spec"]);
            self.store(object);
        }
    }

    pub(super) fn holder(&self) -> String {
        let object = self.object.clone().unwrap_or_else(|| json!({}));
        Lease::new(object).holder().to_owned()
    }

    fn carry_out(&mut self, action: &Action) -> Answer {
        match action {
            Action::Read => Answer::Read(self.read()),
            Action::Create(claim) => Answer::Written(self.create(claim.created("ns", "x"))),
            Action::Replace(lease, claim) => Answer::Written(self.replace(lease.claimed(claim))),
            other => unreachable!("{other:?} is no request"),
        }
    }
}

// === impl Node ===

impl Node {
    pub(super) fn clock(&self, now: u64) -> Duration {
        // an own clock has an own zero
        Duration::from_secs(1000) + Duration::from_millis(now).mul_f64(self.rate)
    }

    fn wall(&self, now: u64) -> Timestamp {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let passed = SignedDuration::from_millis(i64::try_from(now).unwrap());
        start.checked_add(passed).unwrap().checked_add(self.wall_offset).unwrap()
    }

    pub(super) fn is_valid(&self, now: u64) -> bool {
        self.alive && self.candidate.token().is_some_and(|token| token.valid_until > self.clock(now))
    }

    fn jitter(&mut self) -> f64 {
        self.jitter = self.jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        f64::from(u32::try_from(self.jitter >> 33).unwrap()) / f64::from(u32::MAX >> 1)
    }
}

// === impl World ===

impl World {
    pub(super) fn new(nodes: usize, seed: u64) -> Self {
        let timing = Timing::default();
        let mut world = Self {
            now: 0,
            server: Server::default(),
            nodes: Vec::new(),
            fault: Box::new(|_| Fate::Pass),
            timing,
            overlap: 0,
            without: 0,
            writes: Vec::new(),
            refused: 0,
            terms: Vec::new(),
            late: Vec::new(),
        };
        for node in 0..nodes {
            world.join(seed.wrapping_mul(31).wrapping_add(u64::try_from(node).unwrap()));
        }
        world
    }

    /// One that has a leader, which is node 0, and everybody has seen that
    pub(super) fn with_leader(nodes: usize, seed: u64) -> Self {
        let mut world = Self::new(nodes, seed);
        for other in 1..nodes {
            world.nodes[other].paused_until = 15_500;
        }
        world.run(20_000);
        assert_eq!(world.leader(), Some(0));
        world
    }

    /// A fresh process; tells its number
    pub(super) fn join(&mut self, seed: u64) -> usize {
        let number = self.nodes.len();
        self.nodes.push(Node {
            candidate: Candidate::new(format!("pod-{number}_{seed}"), self.timing),
            rate: 1.0,
            wall_offset: SignedDuration::ZERO,
            paused_until: 0,
            alive: true,
            stuck: false,
            lost: None,
            led_since: None,
            flight: None,
            jitter: seed.wrapping_add(7),
        });
        number
    }

    pub(super) fn run(&mut self, millis: u64) {
        let end = self.now + millis;
        while self.now < end {
            self.step();
        }
    }

    /// Runs until somebody other than `node` leads; tells how long that took
    pub(super) fn until_leads_other_than(&mut self, node: usize) -> u64 {
        let begin = self.now;
        while self.leader().is_none_or(|leader| leader == node) {
            assert!(self.now < begin + 120_000, "nobody took over within two minutes");
            self.step();
        }
        self.now - begin
    }

    /// Who may write now
    pub(super) fn leader(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.is_valid(self.now))
    }

    pub(super) fn kill(&mut self, node: usize) {
        self.nodes[node].alive = false;
        // what was sent may still arrive
    }

    fn step(&mut self) {
        self.now += STEP;
        let now = self.now;
        let arrived = self.late.extract_if(.., |flight| now >= flight.arrives);
        for flight in arrived {
            if !matches!(flight.fate, Fate::Lost | Fate::Refused | Fate::Error | Fate::Conflict) {
                self.server.carry_out(&flight.action);
            }
        }
        for node in 0..self.nodes.len() {
            self.arrive(node);
            let acts = self.nodes[node].alive && self.nodes[node].paused_until <= self.now;
            if acts {
                self.work(node);
                if !self.nodes[node].stuck {
                    self.take_answer(node);
                    self.send(node);
                }
            }
        }
        let valid = self.nodes.iter().filter(|node| node.is_valid(self.now)).count();
        self.overlap += if valid > 1 { STEP } else { 0 };
        self.without = if valid == 0 { self.without + STEP } else { 0 };
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let valid = node.is_valid(self.now);
            let epoch = node.candidate.token().map(|token| token.epoch);
            if valid && node.led_since.is_none() {
                node.led_since = Some(self.now);
                // A leader may renew in the last moment, when its token has ended already: the same term goes on.
                let term = (number, epoch.unwrap());
                if self.terms.last() != Some(&term) {
                    self.terms.push(term);
                }
            }
        }
    }

    /// A worker wants to write all the time
    fn work(&mut self, node: usize) {
        let (own, timeout) = (self.nodes[node].clock(self.now), self.timing.attempt());
        match self.nodes[node].candidate.token() {
            Some(token) if token.covers(own, timeout) => self.writes.push((self.now, node, token.epoch)),
            Some(_) => self.refused += 1,
            None => {}
        }
    }

    fn send(&mut self, number: usize) {
        let now = self.now;
        let node = &mut self.nodes[number];
        if node.flight.is_some() || node.lost.is_some() {
            return;
        }
        let (own, wall) = (node.clock(now), node.wall(now));
        let action = node.candidate.next(own, wall);
        match action {
            Action::Wait(until) => assert!(until > own, "a wait is in the future"),
            Action::Rest => node.alive = false,
            Action::Lose(loss) => node.lost = Some((now, loss)),
            Action::Read | Action::Create(_) | Action::Replace(..) => {
                let is_write = action != Action::Read;
                let fate = (self.fault)(Call { node: number, at: now, is_write });
                let delay = if let Fate::Late(delay) = fate { delay } else { WAY };
                let flight = Flight { action, sent: own, fate, arrives: now + delay, answer: None };
                self.nodes[number].flight = Some(flight);
            }
        }
    }

    /// The server gets a request, whether or not anybody still waits for the answer
    fn arrive(&mut self, number: usize) {
        let now = self.now;
        let Some(flight) = &mut self.nodes[number].flight else { return };
        if flight.answer.is_some() || now < flight.arrives {
            return;
        }
        let is_read = flight.action == Action::Read;
        let say = |written: Written| Answer::Written(written);
        let failed = if is_read { Answer::Read(Read::Failed) } else { say(Written::Unknown) };
        let answer = match flight.fate {
            Fate::Pass | Fate::Late(_) => Some(self.server.carry_out(&flight.action)),
            Fate::Lost => None,
            Fate::AnswerLost => {
                self.server.carry_out(&flight.action);
                None
            }
            Fate::AppliedWithError => {
                self.server.carry_out(&flight.action);
                Some(failed)
            }
            Fate::Error => Some(failed),
            Fate::Refused if is_read => Some(failed),
            Fate::Refused => Some(say(Written::Refused)),
            Fate::Conflict if is_read => Some(self.server.carry_out(&flight.action)),
            Fate::Conflict => Some(say(Written::Conflict)),
        };
        let never = Answer::Read(Read::Failed);
        flight.answer = Some(answer.map_or((u64::MAX, never), |answer| (now + WAY, answer)));
    }

    fn take_answer(&mut self, number: usize) {
        let (now, timeout) = (self.now, self.timing.attempt());
        let node = &mut self.nodes[number];
        let own = node.clock(now);
        let Some(flight) = &node.flight else { return };
        let (sent, is_read) = (flight.sent, flight.action == Action::Read);
        let given_up = own >= sent + timeout;
        let answer = match &flight.answer {
            Some((at, answer)) if now >= *at => answer.clone(),
            _ if given_up && is_read => Answer::Read(Read::Failed),
            _ if given_up => Answer::Written(Written::Unknown),
            _ => return,
        };
        // What was given up before it arrived arrives all the same.
        if let Some(late) = node.flight.take().filter(|flight| flight.answer.is_none()) {
            self.late.push(late);
        }
        let jitter = node.jitter();
        match answer {
            Answer::Read(read) => node.candidate.read(read, (sent, own), jitter),
            Answer::Written(written) => node.candidate.written(written, (sent, own), jitter),
        }
        if !node.is_valid(now) {
            node.led_since = None;
        }
    }
}
