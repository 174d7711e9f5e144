//! Sequences made from seeds: requests over a few kinds and names, with a memory of what should exist, so that most of
//! them hit something
//!
//! The memory is no model of the server: where it is wrong the request fails, and the two failures are compared.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::format::{self, Lets};
use crate::sequence::{Sequence, Step};

/// How many sequences there are
const SEEDS: u64 = 160;
/// Requests of one sequence
const LENGTH: std::ops::Range<usize> = 8..15;
/// One sequence in so many ends with a watch over all that happened
const WATCHED: u64 = 4;

/// A kind that the generator knows
struct Kind {
    /// Name of the `let` that has its path, and of that with its version and kind
    path: &'static str,
    form: &'static str,
    /// Its own part of an object
    fields: &'static [&'static str],
    has_status: bool,
    has_scale: bool,
    /// What stands before names: kinds without a namespace need names of their own
    prefix: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        path: "$widget",
        form: "$WIDGET",
        fields: &[
            "spec: {size: 3}",
            "spec: {size: 5, note: abc}",
            "spec: {size: 2, mode: big, tags: [a, b]}",
            "spec: {size: 7, least: 9}",
            "spec: {size: 1, ports: [{number: 80, protocol: TCP}, {number: 443, protocol: TCP, name: x}]}",
            "spec: {size: 4, pairs: {a: b, c: d}, args: [x, y]}",
            "spec: {size: 4, limits: {cpu: \"1\"}, nested: {depth: 4}}",
            "spec: {size: 0}",
            "spec: {size: 3, junk: 1}",
            "spec: {replicas: 2}",
            "spec: {size: 3, tags: []}",
            "spec: {size: 6, ports: [{number: 80, protocol: UDP}]}",
        ],
        has_status: true,
        has_scale: true,
        prefix: "",
    },
    Kind {
        path: "$cm",
        form: "$CM",
        fields: &[
            "data: {a: x}",
            "data: {a: y, b: z}",
            "data: {b: w}",
            "data: {c: v}",
            "binaryData: {d: aGk=}",
            "data: {a: 5}",
            "junk: 1",
            "data: {}",
        ],
        has_status: false,
        has_scale: false,
        prefix: "",
    },
    Kind {
        path: "$bag",
        form: "$BAG",
        fields: &[
            "spec: {a: 1}",
            "spec: {a: {b: [1, 2]}, c: x}",
            "spec: {c: y}",
            "status: {a: 1}",
            "other: [1]",
            "spec: {a: null}",
        ],
        has_status: false,
        has_scale: false,
        prefix: "",
    },
    Kind {
        path: "$gadget",
        form: "$GADGET",
        fields: &[
            "spec: {level: 3}",
            "spec: {level: 4}",
            "spec: {}",
            "spec: {level: text}",
            "spec: {junk: 1}",
        ],
        has_status: true,
        has_scale: false,
        prefix: "$ns-",
    },
    Kind {
        path: "$lease",
        form: "$LEASE",
        fields: &[
            "spec: {holderIdentity: me}",
            "spec: {holderIdentity: you, leaseDurationSeconds: 15}",
            "spec: {renewTime: \"2020-01-01T00:00:00.000000Z\"}",
            "spec: {leaseDurationSeconds: 0}",
            "spec: {leaseTransitions: 1}",
        ],
        has_status: false,
        has_scale: false,
        prefix: "",
    },
    Kind {
        path: "$secret",
        form: "$SECRET",
        fields: &[
            "data: {a: aGk=}",
            "stringData: {b: x}",
            "data: {a: aGV5}",
            "data: {a: \"?\"}",
            "immutable: true",
        ],
        has_status: false,
        has_scale: false,
        prefix: "",
    },
];

const NAMES: &[&str] = &["a", "b", "c"];
const MANAGERS: &[&str] = &["m1", "m2", "m3"];
const METADATA: &[&str] = &[
    "labels: {x: y}",
    "labels: {x: z, t: web}",
    "annotations: {k: v}",
    "finalizers: [example.com/a]",
    "finalizers: [example.com/a, example.com/b]",
    "labels: {x: null}",
    "finalizers: null",
    "annotations: {k: w}",
    "labels: {}",
];
const STATUS: &[&str] = &[
    "status: {phase: New}",
    "status: {phase: Ready, replicas: 2}",
    "status: {conditions: [{type: Ready, status: \"True\"}]}",
    "status: {conditions: [{type: Other, status: \"False\", reason: R}]}",
    "status: {phase: Nonsense}",
    "status: {seen: 3}",
    "status: null",
];
const SELECTORS: &[&str] = &[
    "",
    "?labelSelector=x%3Dy",
    "?labelSelector=x",
    "?labelSelector=%21x",
    "?labelSelector=t%20in%20(web,db)",
    "?fieldSelector=metadata.name%3Da",
    "?fieldSelector=metadata.name%21%3Db",
    "?limit=1",
];
/// Nothing that a controller has to end: when it does is chance
const OPTIONS: &[&str] =
    &["", "", "", " {propagationPolicy: Background}", " {dryRun: [All]}", " {gracePeriodSeconds: 5}"];

/// What was made of one seed so far
struct Maker<'a> {
    rng: Rng,
    lets: &'a Lets,
    steps: Vec<Step>,
    /// The last answer about an object, by the index of its kind and its name
    known: BTreeMap<(usize, &'static str), String>,
    focus: Vec<usize>,
}

/// All generated sequences
pub(crate) fn all(lets: &Lets) -> Result<Vec<Sequence>, String> {
    (0..SEEDS).map(|seed| sequence(seed, lets)).collect()
}

fn sequence(seed: u64, lets: &Lets) -> Result<Sequence, String> {
    let mut rng = Rng::with_seed(seed);
    // few kinds in one sequence, so that its requests meet
    let focus = (0..2).map(|_| rng.usize(..KINDS.len())).collect();
    let mut maker = Maker { rng, lets, steps: Vec::new(), known: BTreeMap::new(), focus };
    let watched = seed.is_multiple_of(WATCHED).then(|| maker.focus[0]);
    if let Some(kind) = watched {
        maker.push(&format!("start: GET {}?labelSelector=none", KINDS[kind].path))?;
    }
    for _ in 0..maker.rng.usize(LENGTH) {
        maker.request()?;
    }
    if let Some(kind) = watched.filter(|kind| KINDS[*kind].prefix.is_empty()) {
        let path = KINDS[kind].path;
        maker.push(&format!(
            "w: WATCH {path}?resourceVersion=${{start.rv}}&timeoutSeconds=1&fieldSelector=metadata.name%3Da"
        ))?;
        maker.push("EVENTS w end")?;
    }
    let title = format!("seed {seed}");
    Ok(Sequence { topic: "generated".to_owned(), title, steps: maker.steps })
}

// === impl Maker ===

impl Maker<'_> {
    fn push(&mut self, text: &str) -> Result<(), String> {
        let step = format::step(&format::fill(text, self.lets))?;
        self.steps.push(step);
        Ok(())
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.rng.usize(..from.len())]
    }

    /// One more request
    fn request(&mut self) -> Result<(), String> {
        let index = self.focus[self.rng.usize(..self.focus.len())];
        let kind = &KINDS[index];
        let name = self.pick(NAMES);
        let label = format!("s{}", self.steps.len());
        let known = self.known.get(&(index, name)).cloned();
        let path = format!("{}/{}{name}", kind.path, kind.prefix);
        let text = match (known, self.rng.u8(..20)) {
            (None, 0..=14) | (Some(_), 0) => self.create(kind, name),
            (None, 15..=17) | (Some(_), 1..=4) => self.apply(kind, &path, name),
            (_, 5..=7) => self.merge(kind, &path),
            (_, 8) => self.json(&path),
            (Some(last), 9..=11) => self.put(kind, &path, &last),
            (_, 12..=13) if kind.has_status => format!("MERGE {path}/status {{{}}}", self.pick(STATUS)),
            (_, 14) if kind.has_scale => {
                format!("MERGE {path}/scale {{spec: {{replicas: {}}}}}", self.rng.i8(-1..5))
            }
            (Some(last), 15..=16) => self.delete(&path, &last),
            (_, 17) => format!("GET {path}"),
            // the objects of kinds without a namespace are everybody's
            _ if !kind.prefix.is_empty() => format!("GET {path}"),
            _ => format!("GET {}{}", kind.path, self.selector(kind)),
        };
        let is_read = text.starts_with("GET");
        self.push(&format!("{label}: {text}"))?;
        if !is_read {
            self.known.insert((index, name), label);
        }
        Ok(())
    }

    /// A selector for a list; the configmap that controllers make is in no list with this label
    fn selector(&mut self, kind: &Kind) -> &'static str {
        match self.pick(SELECTORS) {
            "?limit=1" if kind.path == "$cm" => "?limit=1&labelSelector=x",
            other => other,
        }
    }

    fn query(&mut self) -> &'static str {
        match self.rng.u8(..12) {
            0 => "&dryRun=All",
            1 => "&fieldValidation=Strict",
            2 => "&fieldValidation=Ignore",
            _ => "",
        }
    }

    fn metadata(&mut self, name: &str) -> String {
        if self.rng.u8(..3) > 0 {
            return format!("metadata: {{name: {name}}}");
        }
        format!("metadata: {{name: {name}, {}}}", self.pick(METADATA))
    }

    fn create(&mut self, kind: &Kind, name: &str) -> String {
        let (manager, query) = (self.pick(MANAGERS), self.query());
        let metadata = self.metadata(&format!("{}{name}", kind.prefix));
        let fields = self.pick(kind.fields);
        format!("POST {}?fieldManager={manager}{query} {{{}, {metadata}, {fields}}}", kind.path, kind.form)
    }

    fn apply(&mut self, kind: &Kind, path: &str, name: &str) -> String {
        let (manager, query) = (self.pick(MANAGERS), self.query());
        let force = if self.rng.u8(..3) == 0 { "&force=true" } else { "" };
        let metadata = self.metadata(&format!("{}{name}", kind.prefix));
        if kind.has_status && self.rng.u8(..5) == 0 {
            let status = self.pick(STATUS);
            return format!(
                "APPLY {path}/status?fieldManager={manager}{force}{query} {{{}, {metadata}, {status}}}",
                kind.form
            );
        }
        let fields = self.pick(kind.fields);
        format!("APPLY {path}?fieldManager={manager}{force}{query} {{{}, {metadata}, {fields}}}", kind.form)
    }

    fn merge(&mut self, kind: &Kind, path: &str) -> String {
        let (manager, query) = (self.pick(MANAGERS), self.query());
        let body = if self.rng.bool() {
            self.pick(kind.fields).to_owned()
        } else {
            format!("metadata: {{{}}}", self.pick(METADATA))
        };
        format!("MERGE {path}?fieldManager={manager}{query} {{{body}}}")
    }

    fn json(&mut self, path: &str) -> String {
        let patch = self.pick(&[
            "[{op: add, path: /metadata/labels, value: {j: k}}]",
            "[{op: remove, path: /metadata/labels}]",
            "[{op: add, path: /metadata/annotations, value: {}}]",
            "[{op: replace, path: /spec, value: {size: 8}}]",
            "[{op: add, path: /data, value: {j: k}}]",
            "[{op: test, path: /metadata/name, value: a}, {op: remove, path: /metadata/finalizers}]",
        ]);
        format!("JSON {path} {patch}")
    }

    fn put(&mut self, kind: &Kind, path: &str, last: &str) -> String {
        let (manager, query) = (self.pick(MANAGERS), self.query());
        let change = match self.rng.u8(..4) {
            0 => format!("metadata: {{{}}}", self.pick(METADATA)),
            1 => "metadata: {resourceVersion: null, uid: null}".to_owned(),
            _ => self.pick(kind.fields).to_owned(),
        };
        if kind.has_status && self.rng.u8(..4) == 0 {
            let status = self.pick(STATUS);
            return format!("PUT {path}/status?fieldManager={manager}{query} ${{{last}}} <- {{{status}}}");
        }
        format!("PUT {path}?fieldManager={manager}{query} ${{{last}}} <- {{{change}}}")
    }

    fn delete(&mut self, path: &str, last: &str) -> String {
        let options = match self.rng.u8(..4) {
            0 => format!(" {{preconditions: {{uid: \"${{{last}.uid}}\"}}}}"),
            1 => format!(" {{preconditions: {{resourceVersion: \"${{{last}.rv}}\"}}}}"),
            _ => self.pick(OPTIONS).to_owned(),
        };
        format!("DELETE {path}{options}")
    }
}
