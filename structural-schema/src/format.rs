//! The formats that an API server checks, and what they accept
//!
//! It owns the list and the checks of texts. Ranges of numbers are `validate`'s business.

use crate::schema::Type;

/// Formats of texts, without their dashes
const OF_TEXTS: [&str; 26] = [
    "bsonobjectid",
    "byte",
    "cidr",
    "creditcard",
    "date",
    "datetime",
    "duration",
    "email",
    "hexcolor",
    "hostname",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "k8slongname",
    "k8sshortname",
    "mac",
    "password",
    "rgbcolor",
    "ssn",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
];

/// The format if values of this type are checked against it; any other is only a note, and gives a warning
pub(crate) fn known(kind: Type, format: &str) -> Option<&str> {
    let is_known = match kind {
        Type::String | Type::Any | Type::IntOrString => {
            !format.is_empty() && OF_TEXTS.contains(&format.replace('-', "").as_str())
        }
        Type::Integer => ["int32", "int64"].contains(&format),
        Type::Number => ["float", "double"].contains(&format),
        Type::Object | Type::Array | Type::Boolean => false,
    };
    is_known.then_some(format)
}
