//! "Did you mean": the nearest of a list of words
//!
//! It owns the distance and the limit above which silence is better than a guess.

/// The candidate that is nearest to `word`, if one is near enough to be meant
///
/// Near enough: at most a third of the letters differ, or one word is the beginning of the other.
pub fn suggest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let mut best: Option<(usize, &'c str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let limit = (word.len().max(lower.len()) / 3).max(1);
        let related = word.len() >= 3 && (lower.starts_with(&word) || word.starts_with(&lower));
        let distance = distance(&word, &lower);
        if (related || distance <= limit) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Letters to insert, delete, replace or swap with a neighbour to get from one word to the other
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        let words = ["group", "version", "kind", "plural", "finalizer", "health_threshold"];
        let table = [
            ("gruop", Some("group")),
            ("Kind", Some("kind")),
            ("finaliser", Some("finalizer")),
            ("health_treshold", Some("health_threshold")),
            ("health", Some("health_threshold")),
            ("versions", Some("version")),
            ("banana", None),
            ("x", None),
        ];
        for (word, expected) in table {
            assert_eq!(suggest(word, words), expected, "{word}");
        }
    }
}
