//! Places by their paths, as an API server writes them: `spec.ports[0].name`, `metadata.labels[example.com/a]`
//!
//! A path may lead to what is not there. The place is then that of what it would be in.

use super::{Content, Entry, Node, Position};

// === impl Node ===

impl Node {
    /// Where the value at a path is
    ///
    /// A scalar is where it begins. A map or list that has a name is where its name is, and what is missing where the
    /// name is of what it should be in. With `name`, a field is where its name is, whatever its value.
    pub fn find(&self, path: &str, name: bool) -> Position {
        let (mut node, mut at, mut rest) = (self, self.at, path);
        while let Some((step, after)) = node.step(rest) {
            rest = after;
            at = match step {
                Step::Entry(entry) if name && rest.is_empty() => return entry.at,
                Step::Entry(entry) => entry.value.named(entry.at),
                Step::Item(item) => item.at,
            };
            node = step.value();
        }
        at
    }

    /// Where a field of this path is for the second time; where it is at all, if there is no such place
    pub fn find_again(&self, path: &str) -> Position {
        let (mut node, mut rest) = (self, path);
        while let Some((step, after)) = node.step(rest) {
            let Step::Entry(found) = step else {
                (node, rest) = (step.value(), after);
                continue;
            };
            if after.is_empty() {
                let mut same = node.entries().iter().filter(|entry| entry.key == found.key);
                return same.nth(1).map_or(found.at, |second| second.at);
            }
            (node, rest) = (&found.value, after);
        }
        self.find(path, true)
    }

    /// Where a value is shown whose name is at `name`
    fn named(&self, name: Position) -> Position {
        if matches!(self.content, Content::Scalar(_)) { self.at } else { name }
    }

    /// The first step of a path and what is left of it; none if it leads nowhere
    fn step<'n, 'p>(&'n self, path: &'p str) -> Option<(Step<'n>, &'p str)> {
        match &self.content {
            Content::Scalar(_) => None,
            Content::List(items) => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                Some((Step::Item(items.get(index.parse::<usize>().ok()?)?), rest))
            }
            // a name may have dots and brackets in it: the longest one counts, and the last of what is there twice
            Content::Map(entries) => entries
                .iter()
                .rev()
                .filter_map(|entry| Some((Step::Entry(entry), entry.rest_of(path)?)))
                .min_by_key(|(_, rest)| rest.len()),
        }
    }
}

/// One step into a value
enum Step<'n> {
    Entry(&'n Entry),
    Item(&'n Node),
}

// === impl Step ===

impl<'n> Step<'n> {
    fn value(&self) -> &'n Node {
        match self {
            Self::Entry(entry) => &entry.value,
            Self::Item(item) => item,
        }
    }
}

// === impl Entry ===

impl Entry {
    /// What follows this field in a path; none if the path does not begin with it
    fn rest_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        if let Some(inside) = path.strip_prefix('[') {
            return inside.strip_prefix(self.key.as_str())?.strip_prefix(']');
        }
        let path = path.strip_prefix('.').unwrap_or(path);
        let rest = path.strip_prefix(self.key.as_str())?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
    }
}
