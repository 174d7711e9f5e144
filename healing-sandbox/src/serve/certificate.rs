//! The front's authority and what it vouches for: made at the start, kept in memory, gone with it
//!
//! Elliptic keys throughout: they take no time to make. The authority's own key is dropped once it has signed, so no
//! further certificate can come up; that is why a certificate's user can be looked up instead of parsed.

use std::collections::BTreeMap;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use rustls::{RootCertStore, version};

use super::{ServeError, User};

/// Certificate and private key of one party
pub(super) struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

/// Everything that the front and its first user prove and check identities with
pub(super) struct Certificates {
    authority: rcgen::Certificate,
    server: Identity,
    /// A user that may do everything
    pub(super) admin: Identity,
}

/// The users of the certificates that were made, by the certificate's bytes
pub(super) type Users = BTreeMap<Vec<u8>, User>;

// === impl Identity ===

impl Identity {
    /// The certificate as PEM
    pub(super) fn certificate(&self) -> String {
        self.certificate.pem()
    }

    /// The private key as PEM
    pub(super) fn key(&self) -> String {
        self.key.serialize_pem()
    }
}

// === impl Certificates ===

impl Certificates {
    /// How the server can be called, all of it on this machine
    const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
    /// What clients may speak, the best first
    const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

    /// Makes the authority, the server's certificate and that of the first user
    pub(super) fn make() -> Result<Self, ServeError> {
        Self::issue_all().map_err(failed)
    }

    fn issue_all() -> Result<Self, rcgen::Error> {
        let authority = authority()?;
        let mut server = CertificateParams::new(Self::NAMES.map(str::to_owned))?;
        server.distinguished_name.push(DnType::CommonName, "healing-sandbox");
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(Self {
            server: issue(server, &authority)?,
            admin: issue(client(&User::admin()), &authority)?,
            authority: authority.as_ref().clone(),
        })
    }

    /// The authority's certificate as PEM
    pub(super) fn authority(&self) -> String {
        self.authority.pem()
    }

    /// Whom the clients' certificates stand for
    pub(super) fn users(&self) -> Users {
        Users::from([(self.admin.certificate.der().to_vec(), User::admin())])
    }

    /// How the server speaks TLS: a client's certificate is checked, where there is one
    ///
    /// A client without one may still have a token, and is told by an answer if it has neither.
    pub(super) fn tls(&self) -> Result<ServerConfig, ServeError> {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).map_err(failed)?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let verifier = verifier.allow_unauthenticated().build().map_err(failed)?;
        let chain = vec![CertificateDer::clone(self.server.certificate.der())];
        let key = PrivatePkcs8KeyDer::from(self.server.key.serialize_der()).into();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(failed)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(failed)?;
        config.alpn_protocols = Self::PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(config)
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "healing-sandbox authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// As Kubernetes reads it: the common name is the user, each organization a group
fn client(user: &User) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for group in user.groups.iter().filter(|group| *group != User::AUTHENTICATED) {
        params.distinguished_name.push(DnType::OrganizationName, group);
    }
    params.distinguished_name.push(DnType::CommonName, &user.name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn issue(
    mut params: CertificateParams,
    authority: &CertifiedIssuer<'_, KeyPair>,
) -> Result<Identity, rcgen::Error> {
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // Strict clients, such as recent Pythons, want to be told whose signature it is.
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    Ok(Identity { certificate, key })
}

fn failed(error: impl std::error::Error) -> ServeError {
    ServeError::Certificate { message: error.to_string() }
}
