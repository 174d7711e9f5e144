//! One candidate: what it knows of the lease, and what it does next
//!
//! [`Candidate::next`] says what to do now, [`Candidate::read`] and [`Candidate::written`] take what came of it. One
//! request is under way at a time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Action, Claim, Lease, Loss, Read, Timing, Token, Written};

/// A participant of an election
#[derive(Clone, Debug)]
pub struct Candidate {
    identity: String,
    timing: Timing,
    /// What the newest answer showed; `None` before the first
    known: Option<Known>,
    /// Claims of ours whose outcome no answer has told yet
    open: Vec<Sent>,
    term: Option<Term>,
    /// When to do the next thing
    due: Duration,
    /// Whether that is to look, whatever is known
    look: bool,
    /// A conflict was answered with a look at once, and not again before the next pause
    hurried: bool,
    end: Option<End>,
}

#[derive(Clone, Debug)]
struct Known {
    /// `None`: there is none
    lease: Option<Lease>,
    /// When it was first seen like this
    since: Duration,
}

/// A claim that was sent, until its outcome is known
#[derive(Clone, Debug)]
struct Sent {
    claim: Claim,
    at: Duration,
    /// It replaced a lease, so nobody can have had another one in between
    replaces: bool,
}

#[derive(Clone, Debug)]
struct Term {
    token: Token,
    /// When its last successful claim was sent
    renewed: Duration,
    /// When the first attempt after that was
    trying: Option<Duration>,
    acquired: Option<Timestamp>,
    /// The preference at the begin: only another one ends the term
    preferred: Option<String>,
    /// Its lease was deleted and is made anew: to be renewed while the token of before is valid
    remade: bool,
}

#[derive(Clone, Debug)]
enum End {
    Lost(Loss),
    /// This many more attempts
    Releasing(u32),
    Rest,
}

// === impl Candidate ===

impl Candidate {
    /// Claims without an outcome that are remembered; a look follows each, so that there are never many
    const OPEN_MAX: usize = 4;
    const RELEASE_ATTEMPTS: u32 = 3;

    /// A candidate that knows nothing yet; no two processes may ever have the same identity
    pub fn new(identity: impl Into<String>, timing: Timing) -> Self {
        Self {
            identity: identity.into(),
            timing,
            known: None,
            open: Vec::new(),
            term: None,
            due: Duration::ZERO,
            look: true,
            hurried: false,
            end: None,
        }
    }

    /// The right to write, as long as this candidate leads; it may have ended by now
    ///
    /// There is none from the moment at which the lease is to be given back: others may have it before the answer.
    pub fn token(&self) -> Option<Token> {
        self.term.as_ref().filter(|_| self.end.is_none()).map(|term| term.token)
    }

    /// Whether it still thinks that it leads although others may have taken over: its loop is stuck
    pub fn is_overdue(&self, now: Duration) -> bool {
        let leads = self.term.as_ref().filter(|_| self.end.is_none());
        leads.is_some_and(|term| now.saturating_sub(term.renewed) > self.timing.lease)
    }

    /// The lease as the newest answer showed it; `None`: there is none, or nothing is known yet
    pub fn lease(&self) -> Option<&Lease> {
        self.known.as_ref()?.lease.as_ref()
    }

    /// What to do at `now`; `wall` is what people call it
    pub fn next(&mut self, now: Duration, wall: Timestamp) -> Action {
        if let Some(loss) = self.overdue_loss(now) {
            self.lose(loss);
        }
        match self.end {
            Some(End::Lost(ref loss)) => return Action::Lose(loss.clone()),
            Some(End::Rest) => return Action::Rest,
            Some(End::Releasing(_)) | None => {}
        }
        let gives_up = self.term.as_ref().and_then(|term| self.gives_up_at(term));
        if now < self.due {
            return Action::Wait(gives_up.map_or(self.due, |at| at.min(self.due)));
        }
        if let Some(term) = &mut self.term {
            term.trying = term.trying.or(Some(now));
        }
        if self.look || !self.may_write(now) {
            return Action::Read;
        }
        self.claim(now, wall)
    }

    /// Takes the answer to a read that was sent at `sent`; `jitter` is from `0.0..1.0`
    pub fn read(&mut self, answer: Read, (sent, now): (Duration, Duration), jitter: f64) {
        let later = sent.saturating_add(self.timing.pause(jitter)).max(now);
        match answer {
            Read::Failed => {
                self.due = later;
                self.release_attempt_failed();
            }
            Read::Missing => {
                self.look = false;
                self.note(None, now);
                self.missing(now);
            }
            Read::Found(lease) => {
                self.look = false;
                self.note(Some(lease.clone()), now);
                self.found(&lease, later, now);
            }
        }
    }

    /// Takes the answer to a write that was sent at `sent`; `jitter` is from `0.0..1.0`
    pub fn written(&mut self, answer: Written, (sent, now): (Duration, Duration), jitter: f64) {
        let later = sent.saturating_add(self.timing.pause(jitter)).max(now);
        let claimed = self.open.pop();
        match answer {
            Written::Accepted(lease) => {
                self.note(Some(lease.clone()), now);
                self.due = later;
                if let Some(claimed) = claimed {
                    self.confirmed(&claimed, &lease);
                }
            }
            Written::Conflict => {
                self.look = true;
                self.due = if self.hurried { later } else { now };
                self.hurried = true;
                self.release_attempt_failed();
            }
            Written::Refused => {
                self.look = true;
                self.due = later;
                self.release_attempt_failed();
            }
            Written::Unknown => {
                self.look = true;
                self.due = later;
                self.open.extend(claimed);
                let forgotten = self.open.len().saturating_sub(Self::OPEN_MAX);
                self.open.drain(..forgotten);
                self.release_attempt_failed();
            }
        }
    }

    /// Begins to give the lease back; to be called when all writes have ended
    ///
    /// What has to be sent comes from [`Candidate::next`], until that is [`Action::Rest`] or [`Action::Lose`].
    pub fn release(&mut self, now: Duration) {
        if self.end.is_none() {
            let leads = self.term.is_some();
            self.end = Some(if leads { End::Releasing(Self::RELEASE_ATTEMPTS) } else { End::Rest });
            self.due = now;
        }
    }

    // --- what is free, and for whom

    /// Whether the lease may be written: it is ours, or has not changed for as long as it is held, or there is none
    fn may_write(&self, now: Duration) -> bool {
        let Some(known) = &self.known else { return false };
        match (&self.term, &known.lease) {
            // What replaces a lease is accepted only if it is as it was seen; what makes one is not.
            (Some(_), Some(_)) | (None, None) => true,
            (Some(term), None) => now < term.token.valid_until,
            (None, Some(_)) => self.is_ours(known) || now >= self.free_at(known),
        }
    }

    /// Whether the lease is held by a claim of ours; the name alone could have been put there by anybody
    fn is_ours(&self, known: &Known) -> bool {
        let Some(lease) = &known.lease else { return false };
        lease.holder() == self.identity && self.opened(lease).is_some()
    }

    fn opened(&self, lease: &Lease) -> Option<&Sent> {
        self.open.iter().find(|sent| Some(sent.claim.renewed) == lease.renewed())
    }

    /// When the lease may be taken if it does not change until then
    fn free_at(&self, known: &Known) -> Duration {
        let held = match &known.lease {
            Some(lease) if !lease.is_released() => lease.duration(&self.timing),
            _ => Duration::ZERO,
        };
        // whoever a coordinator prefers goes first, if there is such a candidate
        let prefers_another =
            known.lease.as_ref().and_then(Lease::preferred).is_some_and(|one| one != self.identity);
        let courtesy = if prefers_another { self.timing.lease } else { Duration::ZERO };
        known.since.saturating_add(held).saturating_add(courtesy)
    }

    // --- what answers mean

    /// Notes what an answer showed; only a change starts the time anew
    fn note(&mut self, lease: Option<Lease>, now: Duration) {
        if self.known.as_ref().is_none_or(|known| known.lease != lease) {
            self.known = Some(Known { lease, since: now });
        }
    }

    fn missing(&mut self, now: Duration) {
        if matches!(self.end, Some(End::Releasing(_))) {
            self.end = Some(End::Rest);
            return;
        }
        match &self.term {
            // Others wait for longer than this leader is valid, so none of them has made and lost one meanwhile.
            Some(term) if now < term.token.valid_until => self.due = now,
            Some(_) => self.lose(Loss::Deleted),
            None => self.due = now,
        }
    }

    fn found(&mut self, lease: &Lease, later: Duration, now: Duration) {
        if lease.holder() != self.identity {
            self.open.clear();
            // Taken out by hand, or made anew by somebody who found none: all others wait, this leader takes it back.
            let vacant = lease.holder().is_empty() && !lease.is_released();
            match &self.term {
                Some(term) if vacant && self.end.is_none() && now < term.token.valid_until => self.due = now,
                Some(_) => self.lose(Loss::Taken { by: lease.holder().to_owned() }),
                None => self.wait_until_free(later, now),
            }
            return;
        }
        if let Some(sent) = self.opened(lease).cloned() {
            self.confirmed(&sent, lease);
            // Confirmed late it may be over already: renewed at once.
            let valid = self.token().is_some_and(|token| token.valid_until > now);
            let remade = self.term.as_ref().is_some_and(|term| term.remade);
            self.due = if valid && !remade { later } else { now };
        } else if self.term.is_some() {
            self.due = now;
        } else {
            self.wait_until_free(later, now);
        }
        if matches!(self.end, Some(End::Releasing(_))) {
            self.due = now;
        }
    }

    fn wait_until_free(&mut self, later: Duration, now: Duration) {
        let free_at = self.known.as_ref().map_or(later, |known| self.free_at(known));
        self.due = later.min(free_at).max(now);
        self.hurried = false;
    }

    /// A claim is known to have been accepted
    fn confirmed(&mut self, sent: &Sent, lease: &Lease) {
        self.open.clear();
        self.look = false;
        self.hurried = false;
        if sent.claim.holder.is_empty() {
            self.vacated(lease);
            return;
        }
        let token = Token {
            epoch: sent.claim.transitions,
            valid_until: sent.at.saturating_add(self.timing.renew_deadline),
        };
        let preferred = lease.preferred().map(str::to_owned);
        match &mut self.term {
            // Whoever made a lease and lost it meanwhile was not valid before the token of before has ended.
            Some(term) if !sent.replaces => {
                term.remade = true;
                self.due = sent.at;
            }
            Some(term) => {
                (term.token, term.renewed, term.trying, term.remade) = (token, sent.at, None, false);
                let changed =
                    preferred.filter(|one| *one != self.identity && Some(one) != term.preferred.as_ref());
                if let Some(preferred) = changed {
                    self.lose(Loss::NotPreferred { preferred });
                }
            }
            None => {
                let acquired = sent.claim.acquired;
                self.term =
                    Some(Term { token, renewed: sent.at, trying: None, acquired, preferred, remade: false });
            }
        }
    }

    /// A lease without a holder was accepted: given back, or made for whoever takes it when it has been there for long
    /// enough
    fn vacated(&mut self, lease: &Lease) {
        if lease.is_released() {
            self.end = Some(End::Rest);
            self.term = None;
        } else if let Some(known) = &self.known {
            self.due = self.due.min(self.free_at(known));
        }
    }

    // --- claims

    fn claim(&mut self, now: Duration, wall: Timestamp) -> Action {
        let lease = self.known.as_ref().and_then(|known| known.lease.clone());
        let claim = self.new_claim(lease.as_ref(), wall);
        self.open.push(Sent { claim: claim.clone(), at: now, replaces: lease.is_some() });
        match lease {
            Some(lease) => Action::Replace(lease, claim),
            None => Action::Create(claim),
        }
    }

    fn new_claim(&self, lease: Option<&Lease>, wall: Timestamp) -> Claim {
        // Two claims with the same time could be taken for each other; the wall clock may have been set back.
        let same = |time: &Timestamp| {
            lease.and_then(Lease::renewed) == Some(*time)
                || self.open.iter().any(|sent| sent.claim.renewed == *time)
        };
        let tick = SignedDuration::from_micros(1);
        let micro = Timestamp::from_microsecond(wall.as_microsecond()).unwrap_or(wall);
        let renewed =
            std::iter::successors(Some(micro), |time| time.checked_add(tick).ok()).find(|time| !same(time));
        let renewed = renewed.unwrap_or(micro);
        let transitions = lease.map_or(0, Lease::transitions);
        if let (Some(term), Some(End::Releasing(_))) = (&self.term, &self.end) {
            return Claim::release(renewed, term.token.epoch);
        }
        let (acquired, transitions) = match &self.term {
            Some(term) => (term.acquired, term.token.epoch),
            None if lease.is_some_and(|lease| lease.holder() == self.identity) => {
                (lease.and_then(Lease::acquired), transitions)
            }
            None if lease.is_some() => (Some(renewed), transitions.saturating_add(1)),
            // Where there is no lease somebody may have one and not know yet that it was deleted: one is made that all
            // can see, for whoever takes it when it has been there for long enough.
            None => {
                return Claim {
                    holder: String::new(),
                    duration: self.timing.lease,
                    acquired: None,
                    renewed,
                    transitions,
                };
            }
        };
        Claim { holder: self.identity.clone(), duration: self.timing.lease, acquired, renewed, transitions }
    }

    // --- ends

    fn gives_up_at(&self, term: &Term) -> Option<Duration> {
        term.trying.map(|trying| trying.saturating_add(self.timing.renew_deadline))
    }

    fn overdue_loss(&self, now: Duration) -> Option<Loss> {
        let term = self.term.as_ref().filter(|_| self.end.is_none())?;
        if term.remade && now >= term.token.valid_until {
            return Some(Loss::Deleted);
        }
        (now >= self.gives_up_at(term)?).then_some(Loss::NotRenewed)
    }

    fn lose(&mut self, loss: Loss) {
        self.term = None;
        self.end = Some(match self.end {
            Some(End::Releasing(_)) => End::Rest,
            _ => End::Lost(loss),
        });
    }

    fn release_attempt_failed(&mut self) {
        if let Some(End::Releasing(left)) = &mut self.end {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.end = Some(End::Rest);
                self.term = None;
            }
        }
    }
}
