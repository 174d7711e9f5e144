//! Makes a certificate for the webhook, and the authority that signs it
//!
//! The authority's key is dropped once it has signed, so nothing that is stored can sign another certificate; the next
//! one has an authority of its own. When one is to be made is `rotate`'s business.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use super::rotate::{self, LIFE, Material};
use crate::clock::add;

/// Clocks of API servers may be behind ours
const SKEW: Duration = Duration::from_hours(1);

/// A new certificate for `host` and an authority for it; who trusted those `before` may go on for now
///
/// # Errors
/// [`rcgen::Error`] for a host that no certificate can name.
pub(crate) fn make(host: &str, before: Option<&str>, now: Timestamp) -> Result<Material, rcgen::Error> {
    let mut params = CertificateParams::default();
    // Two authorities with one name could be taken for each other.
    params.distinguished_name.push(DnType::CommonName, format!("{host} authority {now}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    date(&mut params, now);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let mut params = CertificateParams::new([host.to_owned(), format!("{host}.cluster.local")])?;
    params.distinguished_name.push(DnType::CommonName, "webhook");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    date(&mut params, now);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;
    Ok(Material {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        authorities: rotate::authorities(&authority.pem(), before, now),
    })
}

fn date(params: &mut CertificateParams, now: Timestamp) {
    params.not_before = SystemTime::from(now.checked_sub(SKEW).unwrap_or(now)).into();
    params.not_after = SystemTime::from(add(now, LIFE)).into();
}
