//! Keys and certificates of one control plane: one authority, made anew for each run and gone with it
//!
//! Elliptic keys throughout, also for the tokens of service accounts: they take no time to make.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};

/// Certificate and private key, both PEM
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Everything that the components prove and check identities with
pub(crate) struct Certificates {
    /// The authority's certificate, PEM
    pub(crate) authority: String,
    pub(crate) api_server: Identity,
    /// A user that RBAC does not limit
    pub(crate) admin: Identity,
    pub(crate) controller_manager: Identity,
    /// Signs the tokens of service accounts, PEM
    pub(crate) token_key: String,
    /// Checks them, PEM
    pub(crate) token_public: String,
}

impl Certificates {
    pub(crate) fn make() -> Result<Self, rcgen::Error> {
        let authority = authority()?;
        let names = ["localhost", "kubernetes.default.svc", "127.0.0.1", "10.0.0.1"];
        let mut server = CertificateParams::new(names.map(str::to_owned))?;
        server.distinguished_name = name(&[(DnType::CommonName, "kube-apiserver")]);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let admin = name(&[(DnType::OrganizationName, "system:masters"), (DnType::CommonName, "admin")]);
        let controllers = name(&[(DnType::CommonName, "system:kube-controller-manager")]);
        let tokens = KeyPair::generate()?;
        Ok(Self {
            authority: authority.pem(),
            api_server: issue(server, &authority)?,
            admin: issue(client(admin), &authority)?,
            controller_manager: issue(client(controllers), &authority)?,
            token_key: tokens.serialize_pem(),
            token_public: tokens.public_key_pem(),
        })
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(&[(DnType::CommonName, "control plane under test")]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn client(subject: DistinguishedName) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn issue(
    mut params: CertificateParams,
    authority: &CertifiedIssuer<'_, KeyPair>,
) -> Result<Identity, rcgen::Error> {
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
}

fn name(parts: &[(DnType, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, value) in parts {
        name.push(kind.clone(), *value);
    }
    name
}
