//! A mark in a generated file that breaks when a person changes the file
//!
//! It is for files that are generated once and then belong to their users. It keeps nobody from anything.

const OPEN: &str = "# crd-gen: unchanged while this is ";

/// The text under its seal
pub fn seal(text: &str) -> String {
    format!("{OPEN}{:016x}\n{text}", hash(text))
}

/// Whether a content is under a seal that holds
pub fn is_sealed(content: &str) -> bool {
    let rest = content.strip_prefix(OPEN).and_then(|rest| rest.split_once('\n'));
    rest.is_some_and(|(sum, text)| sum == format!("{:016x}", hash(text)))
}

/// FNV-1a: the same in every release; it need not withstand anybody
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_breaks_it() {
        let sealed = seal("a: 1\n");
        assert!(is_sealed(&sealed));
        assert!(!is_sealed("a: 1\n") && !is_sealed(""));
        for changed in [sealed.replace('1', "2"), sealed.clone() + "b: 2\n", sealed.replace("a: 1\n", "")] {
            assert!(!is_sealed(&changed), "{changed}");
        }
    }
}
