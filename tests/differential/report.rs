//! All differences of a run for a person: by topic, equal ones together, the most frequent first

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use crate::play::Found;

/// Examples that are named for each group
const EXAMPLES: usize = 2;

static INDEX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[\d+\]").expect("the pattern is valid"));

/// The text of a report
pub(crate) fn text(found: &[&Found], explained: usize, played: usize) -> String {
    let mut groups: BTreeMap<(String, String), Vec<&Found>> = BTreeMap::new();
    for one in found {
        groups.entry((one.topic.clone(), kind(one))).or_default().push(one);
    }
    let mut topics: BTreeMap<&str, usize> = BTreeMap::new();
    for one in found {
        *topics.entry(&one.topic).or_default() += 1;
    }
    let mut order: Vec<(&str, usize)> = topics.into_iter().collect();
    order.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text = format!(
        "{} unexplained and {explained} explained differences in {played} sequences; real | sandbox\n",
        found.len()
    );
    for (topic, count) in order {
        writeln!(text, "\n=== {topic}: {count}").expect("writing to a string does not fail");
        let mut of_topic: Vec<_> = groups.iter().filter(|((name, _), _)| name == topic).collect();
        // other status codes first: what comes after them is not compared at all
        of_topic
            .sort_by_key(|((_, kind), found)| (!kind.starts_with("status"), std::cmp::Reverse(found.len())));
        for ((_, kind), found) in of_topic {
            writeln!(text, "{:>4} x {kind}", found.len()).expect("writing to a string does not fail");
            for one in found.iter().take(EXAMPLES) {
                writeln!(text, "         {} #{} {:.140}", one.title, one.number, one.step)
                    .expect("writing to a string does not fail");
            }
        }
    }
    text
}

/// What makes two differences one group
fn kind(found: &Found) -> String {
    INDEX.replace_all(&found.difference.to_string(), "[]").into_owned()
}
