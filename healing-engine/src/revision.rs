//! Hashes of what a resource asks for: of its pod template and of its spec
//!
//! Equal JSON gives an equal hash, in whatever order its keys stand and on every platform and version of this
//! crate: hashes are stored in labels and in the status. They tell changes apart, they do not protect from forgery.

use serde_json::Value;

/// Letters and digits that make no words and no look-alikes; also safe at both ends of a label value or a name
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Length of a revision; 27^10 is about 2^47
pub(crate) const REVISION_CHARS: usize = 10;

/// Hash of a pod template: ten characters that are a valid label value
pub fn revision(template: &Value) -> String {
    let mut hash = Hash::new();
    hash.value(template);
    hash.text(REVISION_CHARS)
}

/// Hash of a spec without its top-level field `replicas_field`: it stays the same when an autoscaler writes
pub fn spec_hash(spec: &Value, replicas_field: &str) -> String {
    let mut hash = Hash::new();
    match spec {
        Value::Object(fields) => {
            hash.object(fields.iter().filter(|(key, _)| key.as_str() != replicas_field));
        }
        other => hash.value(other),
    }
    hash.text(REVISION_CHARS)
}

/// FNV-1a with 64 bits over an unambiguous encoding, mixed at the end
pub(crate) struct Hash(u64);

// === impl Hash ===

impl Hash {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// A text with its length, so that neighbours cannot run into each other
    pub(crate) fn str(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.bytes(b"n"),
            Value::Bool(false) => self.bytes(b"f"),
            Value::Bool(true) => self.bytes(b"t"),
            Value::Number(number) => {
                self.bytes(b"d");
                self.str(&number.to_string());
            }
            Value::String(text) => {
                self.bytes(b"s");
                self.str(text);
            }
            Value::Array(items) => {
                self.bytes(b"a");
                self.number(items.len() as u64);
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(fields) => self.object(fields.iter()),
        }
    }

    fn object<'v>(&mut self, fields: impl Iterator<Item = (&'v String, &'v Value)>) {
        // sorted here: the map keeps insertion order where `preserve_order` is switched on by any crate
        let mut fields: Vec<_> = fields.collect();
        fields.sort_by_key(|(key, _)| *key);
        self.bytes(b"o");
        self.number(fields.len() as u64);
        for (key, value) in fields {
            self.str(key);
            self.value(value);
        }
    }

    /// The hash as text of this length
    pub(crate) fn text(&self, chars: usize) -> String {
        // FNV leaves the last bytes in the low bits only; this spreads them
        let mut rest = self.0;
        rest = (rest ^ (rest >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        rest = (rest ^ (rest >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        rest ^= rest >> 31;
        let mut text = String::with_capacity(chars);
        for _ in 0..chars {
            let (quotient, digit) = (rest / 27, rest % 27);
            text.push(char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)]));
            rest = quotient;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_of_keys_does_not_matter_and_values_do() {
        let one: Value = serde_json::from_str(r#"{"a":{"x":1,"y":[1,2]},"b":"c"}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"b":"c","a":{"y":[1,2],"x":1}}"#).unwrap();
        assert_eq!(revision(&one), revision(&two));
        for other in
            [json!({"a":{"x":1,"y":[2,1]},"b":"c"}), json!({"a":{"x":1,"y":[1,2]},"b":"d"}), json!(null)]
        {
            assert_ne!(revision(&one), revision(&other), "{other}");
        }
    }

    #[test]
    fn stays_the_same_between_releases() {
        // stored in labels of running pods: a change here would look like a new template everywhere
        assert_eq!(
            revision(&json!({"spec":{"containers":[{"name":"app","image":"nginx:latest"}]}})),
            "rvtlvrq9tc"
        );
    }

    #[test]
    fn the_number_of_replicas_is_not_part_of_the_spec_hash() {
        let of = |replicas: i64, threshold: i64| {
            spec_hash(&json!({"replicaCount": replicas, "healthThreshold": threshold}), "replicaCount")
        };
        assert_eq!(of(3, 2), of(5, 2));
        assert_ne!(of(3, 2), of(3, 3));
    }
}
