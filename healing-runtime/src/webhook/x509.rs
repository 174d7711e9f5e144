//! From when and until when a certificate counts
//!
//! It reads these two times and nothing else of a certificate; whether anybody may trust it is rustls' business.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// The times between which a certificate counts
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

/// One element of DER: its tag, and what is in it
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version stands first, where it is not the first version
const VERSION: u8 = 0xa0;

/// When a certificate counts; `None` if it is none
pub(crate) fn validity(certificate: &[u8]) -> Option<Validity> {
    let signed = within(certificate, SEQUENCE)?;
    let mut fields = within(signed, SEQUENCE)?;
    let first = next(&mut fields)?;
    if first.tag == VERSION {
        next(&mut fields)?;
    }
    // serial number, algorithm of the signature, issuer
    next(&mut fields)?;
    next(&mut fields)?;
    let mut times = within(fields, SEQUENCE)?;
    Some(Validity { not_before: time(&next(&mut times)?)?, not_after: time(&next(&mut times)?)? })
}

/// The content of the first element, if it has this tag
fn within(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let mut rest = bytes;
    next(&mut rest).filter(|element| element.tag == tag).map(|element| element.content)
}

/// Takes the first element off
fn next<'a>(rest: &mut &'a [u8]) -> Option<Element<'a>> {
    let (&tag, after) = rest.split_first()?;
    let (&first, after) = after.split_first()?;
    let (length, after) = if first < 0x80 {
        (usize::from(first), after)
    } else {
        // more than four bytes of length are no certificate
        let (bytes, after) =
            after.split_at_checked(usize::from(first & 0x7f)).filter(|(bytes, _)| bytes.len() <= 4)?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), after)
    };
    let (content, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(Element { tag, content })
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`, the two forms that certificates may have
fn time(element: &Element<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    let (year, rest) = text.split_at_checked(match element.tag {
        UTC_TIME => 2,
        GENERALIZED_TIME => 4,
        _ => return None,
    })?;
    if rest.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year: i16 = year.parse().ok()?;
    let year = match element.tag {
        UTC_TIME if year < 50 => 2000 + year,
        UTC_TIME => 1900 + year,
        _ => year,
    };
    let two = |at: usize| rest[at..at + 2].parse::<i8>().ok();
    let civil = DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use rustls::pki_types::CertificateDer;

    use super::*;

    fn certificate(from: i32, until: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["a.b.svc".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from, 2, 3), date_time_ymd(until, 12, 31));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn the_times_of_a_certificate_are_read_in_both_forms() {
        for (from, until) in [(1999, 2026), (2026, 2049), (2049, 2050), (2051, 4096)] {
            let read = validity(&certificate(from, until)).unwrap();
            assert_eq!(read.not_before.to_string(), format!("{from}-02-03T00:00:00Z"));
            assert_eq!(read.not_after.to_string(), format!("{until}-12-31T00:00:00Z"));
        }
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        let whole = certificate(2026, 2027);
        for bytes in
            [&b""[..], b"0", b"0\x84\xff\xff\xff\xff", b"0\x89aaaaaaaaa", b"-----BEGIN CERTIFICATE-----"]
        {
            assert_eq!(validity(bytes), None, "{bytes:?}");
        }
        // Cut off or with any one byte changed it is read or not, and never more than that.
        for at in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[at] ^= 0x55;
            let _ = validity(&bytes);
            bytes.truncate(at);
            assert_eq!(validity(&bytes), None);
        }
    }
}
