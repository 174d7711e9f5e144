//! All see that the lease is free at the same moment: whatever order their requests arrive in, one gets it

use std::time::Duration;

use jiff::Timestamp;

use super::world::Server;
use crate::election::{Action, Candidate, Read, Timing, Written};

/// Requests that each candidate makes
const REQUESTS: usize = 4;

/// How the lease is before
#[derive(Clone, Copy, Debug)]
enum Before {
    Missing,
    Expired,
    Released,
}

fn server(before: Before) -> Server {
    let mut server = Server::default();
    let mut gone = Candidate::new("gone_0", Timing::default());
    let at = Duration::from_secs(1);
    if !matches!(before, Before::Missing) {
        for second in 0..20 {
            request(&mut gone, &mut server, at + Duration::from_secs(second));
        }
        assert_eq!(server.holder(), "gone_0");
    }
    if matches!(before, Before::Released) {
        gone.release(at + Duration::from_secs(21));
        request(&mut gone, &mut server, at + Duration::from_secs(21));
        assert_eq!(server.holder(), "");
    }
    server
}

/// One request and its answer
fn request(candidate: &mut Candidate, server: &mut Server, at: Duration) {
    let wall: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    match candidate.next(at, wall) {
        Action::Read => candidate.read(server.read(), (at, at), 0.5),
        Action::Create(claim) => {
            let answer: Written = server.create(claim.created("ns", "x"));
            candidate.written(answer, (at, at), 0.5);
        }
        Action::Replace(lease, claim) => {
            let answer = server.replace(lease.claimed(&claim));
            candidate.written(answer, (at, at), 0.5);
        }
        Action::Wait(_) | Action::Lose(_) | Action::Rest => {}
    }
}

/// Every order in which `counts[i]` steps of each candidate can follow each other
fn orders(counts: &mut Vec<usize>, order: &mut Vec<usize>, each: &mut impl FnMut(&[usize])) {
    if counts.iter().all(|count| *count == 0) {
        return each(order);
    }
    for candidate in 0..counts.len() {
        if counts[candidate] > 0 {
            counts[candidate] -= 1;
            order.push(candidate);
            orders(counts, order, each);
            order.pop();
            counts[candidate] += 1;
        }
    }
}

#[test]
fn of_several_that_see_it_free_exactly_one_leads_in_every_order() {
    let (first, free) = (Duration::from_secs(100), Duration::from_secs(115));
    for before in [Before::Missing, Before::Expired, Before::Released] {
        for (candidates, requests) in [(2, REQUESTS), (3, 3)] {
            let mut tried = 0;
            orders(&mut vec![requests; candidates], &mut Vec::new(), &mut |order| {
                let mut server = server(before);
                let mut all: Vec<Candidate> = (0..candidates)
                    .map(|number| Candidate::new(format!("pod-{number}_x"), Timing::default()))
                    .collect();
                for candidate in &mut all {
                    let Action::Read = candidate.next(first, Timestamp::UNIX_EPOCH) else {
                        panic!("looks first")
                    };
                    let answer: Read = server.read();
                    candidate.read(answer, (first, first), 0.5);
                }
                for candidate in order {
                    request(
                        &mut all[*candidate],
                        &mut server,
                        if matches!(before, Before::Missing) { first } else { free },
                    );
                }
                if matches!(before, Before::Missing) {
                    assert_eq!(
                        (server.holder().as_str(), all.iter().filter_map(Candidate::token).count()),
                        ("", 0)
                    );
                    for candidate in order {
                        request(&mut all[*candidate], &mut server, free);
                    }
                }
                let leading: Vec<_> = all.iter().filter_map(Candidate::token).collect();
                assert_eq!(leading.len(), 1, "{before:?} {order:?}");
                assert_eq!(leading[0].valid_until, free + Timing::default().renew_deadline);
                tried += 1;
            });
            assert!(tried >= 70, "{tried}");
        }
    }
}
