//! How much one answer warns: each thing once, and not without bound
//!
//! What is warned of is the business of others.

use std::collections::BTreeSet;

/// Characters of all warnings together that may be sent whole
const TOTAL_MAX: usize = 4 * 1024;
/// Characters of each where all together are more
const EACH_MAX: usize = 256;

/// The warnings that are sent
///
/// Where all together are too long, each is cut; those after the first that did not fit are sent until the bound is
/// reached.
pub(super) fn bounded(warnings: Vec<String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    let is_sent = |text: &String| !text.is_empty() && !text.chars().any(char::is_control);
    let mut warnings: Vec<String> = warnings.into_iter().filter(is_sent).collect();
    warnings.retain(|text| known.insert(text.clone()));
    let mut total = 0;
    let too_long = warnings.iter().position(|text| {
        total += text.chars().count();
        total > TOTAL_MAX
    });
    let Some(too_long) = too_long else { return warnings };
    let mut total = 0;
    let mut sent = Vec::new();
    for (index, text) in warnings.into_iter().enumerate() {
        if index > too_long && total >= TOTAL_MAX {
            break;
        }
        let text: String = text.chars().take(EACH_MAX).collect();
        total += text.chars().count();
        sent.push(text);
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_long_warnings_are_cut_and_end() {
        let long = |name: usize| format!("{name:02}{}", "ü".repeat(998));
        let lengths = |count: usize| {
            let sent = bounded((0..count).map(long).collect());
            sent.iter().map(|text| text.chars().count()).collect::<Vec<_>>()
        };
        assert_eq!(lengths(4), [1000; 4], "they fit");
        assert_eq!(lengths(5), [256; 5], "they are cut");
        assert_eq!(lengths(100), [256; 16], "and end");
        let short: Vec<String> = (0..5000).map(|index| format!("{index:04}")).collect();
        assert_eq!(bounded(short).len(), 1025, "the first that did not fit is sent, too");
    }

    #[test]
    fn each_is_sent_once_and_what_no_header_can_carry_is_left_out() {
        let sent = bounded(["a", "", "b", "a", "c\nd", "b"].map(ToOwned::to_owned).into());
        assert_eq!(sent, ["a", "b"]);
    }
}
