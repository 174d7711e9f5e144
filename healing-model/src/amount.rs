//! Amounts: a number of pods, or a percentage of them
//!
//! It owns how an amount is written and rounded. How far one may go is the table of knobs.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A number of pods such as `2`, or a percentage of them such as `"40%"`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// That many
    Count(u32),
    /// That many of a hundred
    Percent(u32),
}

/// What a percentage looks like that is 0 to 100, as a regular expression
pub(crate) const PERCENT: &str = "^([0-9]|[1-9][0-9]|100)%$";
/// The same of 1 to 100
pub(crate) const PERCENT_FROM_ONE: &str = "^([1-9]|[1-9][0-9]|100)%$";

// === impl Amount ===

impl Amount {
    /// The percentage in a text such as `40%`; `None` for anything else
    pub fn percent(text: &str) -> Option<Self> {
        let digits =
            text.strip_suffix('%').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse().ok().map(Self::Percent)
    }

    /// Whether it is none of whatever there is
    pub fn is_none(self) -> bool {
        matches!(self, Self::Count(0) | Self::Percent(0))
    }

    /// How many of `total` it is, a percentage rounded down
    pub fn floor(self, total: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => whole(u64::from(percent) * u64::from(total) / 100),
        }
    }

    /// How many of `total` it is, a percentage rounded up
    pub fn ceil(self, total: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => whole((u64::from(percent) * u64::from(total)).div_ceil(100)),
        }
    }

    /// The nearest amount within `min..=max`, and within as many percent as a hundred
    #[must_use]
    pub fn clamp(self, min: u32, max: u32) -> Self {
        match self {
            Self::Count(count) => Self::Count(count.clamp(min, max)),
            Self::Percent(percent) => Self::Percent(percent.clamp(min.min(100), 100)),
        }
    }
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u32(*count),
            Self::Percent(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Count(u32),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Count(count) => Ok(Self::Count(count)),
            Written::Text(text) => {
                Self::percent(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no percentage")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_as_asked() {
        for (amount, total, floor, ceil) in [
            (Amount::Count(2), 1, 2, 2),
            (Amount::Percent(40), 5, 2, 2),
            (Amount::Percent(40), 1, 0, 1),
            (Amount::Percent(25), 10, 2, 3),
            (Amount::Percent(100), 7, 7, 7),
            (Amount::Percent(u32::MAX), u32::MAX, u32::MAX, u32::MAX),
        ] {
            assert_eq!((amount.floor(total), amount.ceil(total)), (floor, ceil), "{amount} of {total}");
        }
    }

    #[test]
    fn an_amount_is_a_number_or_text_with_a_percent_sign() {
        for (json, amount) in [
            ("2", Some(Amount::Count(2))),
            ("\"40%\"", Some(Amount::Percent(40))),
            ("\"40\"", None),
            ("\"%\"", None),
            ("\"-1%\"", None),
            ("\"+1%\"", None),
            ("-1", None),
            ("true", None),
        ] {
            let read = serde_json::from_str::<Amount>(json).ok();
            assert_eq!(read, amount, "{json}");
            if let Some(amount) = read {
                assert_eq!(serde_json::to_string(&amount).expect("an amount is JSON"), json);
            }
        }
    }
}
