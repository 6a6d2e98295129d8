//! A token: CMS signed data (RFC 5652) around what the authority says.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{GeneralizedTime, Int, ObjectIdentifier, OctetString};
use der::oid::AssociatedOid as _;
use der::oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use der::oid::db::rfc5912::{ID_KP_TIME_STAMPING, ID_SHA_256, ID_SHA_384, ID_SHA_512};
use der::{Any, Decode, Encode as _, Sequence, Tag, Tagged as _};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::ring::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::{Extension, Extensions};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_tsp::{Accuracy, MessageImprint, TspVersion};

use super::{StampError, unreadable};

/// id-ct-TSTInfo (RFC 3161 §2.4.2).
const ID_CT_TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// id-aa-signingCertificate (RFC 2634 §5.4).
const ID_SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
/// id-aa-signingCertificateV2 (RFC 5035 §3).
const ID_SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// id-kp-timeStamping in DER, without tag and length.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
/// Most certificates in a token.
const MOST_CERTIFICATES: usize = 16;

/// TSTInfo (RFC 3161 §2.4.2). The time is read by [`moment`], since it may have fractions of a second, which DER's other uses of it forbid.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct TstInfo {
    version: TspVersion,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// SigningCertificateV2 (RFC 5035 §3), and SigningCertificate, whose hash is always SHA-1.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateHash>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// ESSCertIDv2, and ESSCertID. The order of the fields tells the optional ones apart: a SEQUENCE, an OCTET STRING, a SEQUENCE.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct CertificateHash {
    #[asn1(optional = "true")]
    algorithm: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// Certificates that whoever checks trusts to name authorities.
#[derive(Debug, Clone)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads all certificates of a PEM text.
    ///
    /// # Errors
    /// `Certificate` if there is none, or if one cannot be read.
    pub fn from_pem(text: &str) -> Result<Self, StampError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let roots = Self(read.map_err(|error| StampError::Certificate(format!("{error:?}")))?);
        if roots.0.is_empty() {
            return Err(StampError::Certificate("there is none in the file".to_owned()));
        }
        roots.anchors().map(|_| ())?;
        Ok(roots)
    }

    fn anchors(&self) -> Result<Vec<TrustAnchor<'_>>, StampError> {
        let anchors = self.0.iter().map(anchor_from_trusted_cert).collect::<Result<_, _>>();
        anchors.map_err(|error| StampError::Certificate(error.to_string()))
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When the authority saw the digest, by its clock.
    pub at: Timestamp,
    /// Who the certificate is for (RFC 4514).
    pub authority: String,
    /// Whether the certificate comes from roots that were given.
    pub is_trusted: bool,
    /// What ties the token to a request.
    pub(super) nonce: Option<Vec<u8>>,
}

/// Checks a token, in DER, as a stamp of `digest`; with roots, also that they vouch for the authority's certificate at the time of the stamp.
///
/// # Errors
/// [`StampError`].
pub fn check(token: &[u8], digest: Sha256, roots: Option<&Roots>) -> Result<Stamp, StampError> {
    let content = ContentInfo::from_der(token).map_err(unreadable)?;
    if content.content_type != ID_SIGNED_DATA {
        return Err(StampError::Unreadable("not signed data".to_owned()));
    }
    let signed: SignedData = content.content.decode_as().map_err(unreadable)?;
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err(StampError::Unreadable("not exactly one signature".to_owned()));
    };
    let inner = signed.encap_content_info.econtent.as_ref();
    let inner = inner.filter(|_| signed.encap_content_info.econtent_type == ID_CT_TST_INFO);
    let inner: OctetString = inner
        .ok_or_else(|| StampError::Unreadable("no time in it".to_owned()))?
        .decode_as()
        .map_err(unreadable)?;
    let told = TstInfo::from_der(inner.as_bytes()).map_err(unreadable)?;
    if told.message_imprint.hash_algorithm.oid != ID_SHA_256
        || told.message_imprint.hashed_message.as_bytes() != digest.as_bytes()
    {
        return Err(StampError::OtherDigest);
    }
    let at = moment(&told.gen_time)?;
    let certificates = certificates(&signed)?;
    let attributes = signer
        .signed_attrs
        .as_ref()
        .ok_or_else(|| StampError::Signature("nothing but the content is signed".to_owned()))?;
    check_attributes(attributes, signer, inner.as_bytes())?;
    let (own, raw) = signing_certificate(attributes, signer, &certificates)?;
    for_time_stamps(own)?;
    let raw = CertificateDer::from(raw.as_slice());
    let end = EndEntityCert::try_from(&raw).map_err(|error| StampError::Certificate(error.to_string()))?;
    check_signature(&end, attributes, signer)?;
    if let Some(roots) = roots {
        let others: Vec<_> =
            certificates.iter().map(|(_, raw)| CertificateDer::from(raw.as_slice())).collect();
        let then = UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            u64::try_from(at.as_second()).unwrap_or_default(),
        ));
        let usage = KeyUsage::required(TIME_STAMPING);
        end.verify_for_usage(ALL_VERIFICATION_ALGS, &roots.anchors()?, &others, then, usage, None, None)
            .map_err(|error| StampError::Untrusted(error.to_string()))?;
    }
    let nonce = told.nonce.map(|nonce| nonce.as_bytes().to_vec());
    Ok(Stamp { at, authority: own.tbs_certificate.subject.to_string(), is_trusted: roots.is_some(), nonce })
}

/// `20261128231455.25Z` (RFC 3161 §2.4.2: UTC, with seconds, fractions without trailing zeros).
fn moment(time: &Any) -> Result<Timestamp, StampError> {
    let wrong = || StampError::Unreadable("its time is not one".to_owned());
    if time.tag() != Tag::GeneralizedTime {
        return Err(wrong());
    }
    let text =
        std::str::from_utf8(time.value()).ok().and_then(|text| text.strip_suffix('Z')).ok_or_else(wrong)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let plain = Any::new(Tag::GeneralizedTime, format!("{whole}Z").into_bytes()).map_err(unreadable)?;
    let seconds = plain.decode_as::<GeneralizedTime>().map_err(unreadable)?.to_unix_duration().as_secs();
    let nanoseconds: i32 = format!("{fraction:0<9}").parse().map_err(|_| wrong())?;
    Timestamp::new(i64::try_from(seconds).map_err(|_| wrong())?, nanoseconds).map_err(|_| wrong())
}

/// All certificates of a token, with their DER.
fn certificates(signed: &SignedData) -> Result<Vec<(&Certificate, Vec<u8>)>, StampError> {
    let all = signed.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
    if all.len() > MOST_CERTIFICATES {
        return Err(StampError::Unreadable(format!("more than {MOST_CERTIFICATES} certificates")));
    }
    let plain = all.iter().filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    });
    plain.map(|certificate| Ok((certificate, certificate.to_der().map_err(unreadable)?))).collect()
}

/// The only value of an attribute.
fn attribute<'a, T: Decode<'a> + der::DecodeValue<'a> + der::FixedTag>(
    attributes: &'a Attributes,
    oid: ObjectIdentifier,
) -> Option<Result<T, StampError>> {
    let found = attributes.iter().find(|attribute| attribute.oid == oid)?;
    Some(match found.values.as_slice() {
        [value] => value.decode_as().map_err(unreadable),
        _ => Err(StampError::Unreadable("an attribute without exactly one value".to_owned())),
    })
}

/// That the signed attributes are about this content (RFC 5652 §5.6).
fn check_attributes(attributes: &Attributes, signer: &SignerInfo, content: &[u8]) -> Result<(), StampError> {
    let missing = |what: &str| StampError::Signature(format!("{what} is not signed"));
    let kind: ObjectIdentifier =
        attribute(attributes, ID_CONTENT_TYPE).ok_or_else(|| missing("the content's type"))??;
    let stated: OctetString =
        attribute(attributes, ID_MESSAGE_DIGEST).ok_or_else(|| missing("the content's digest"))??;
    let computed = digest(digest_algorithm(&signer.digest_alg)?, content);
    if kind != ID_CT_TST_INFO || stated.as_bytes() != computed.as_ref() {
        return Err(StampError::Signature("the signed digest is not the content's".to_owned()));
    }
    Ok(())
}

fn digest_algorithm(named: &AlgorithmIdentifierOwned) -> Result<&'static Algorithm, StampError> {
    match named.oid {
        ID_SHA_256 => Ok(&SHA256),
        ID_SHA_384 => Ok(&SHA384),
        ID_SHA_512 => Ok(&SHA512),
        other => Err(StampError::UnknownAlgorithm(other.to_string())),
    }
}

/// The certificate that the signed attributes name, so that none can be put in its place (RFC 3161 §2.4.1, RFC 5816 §2.2.1).
fn signing_certificate<'a>(
    attributes: &Attributes,
    signer: &SignerInfo,
    certificates: &'a [(&'a Certificate, Vec<u8>)],
) -> Result<(&'a Certificate, &'a Vec<u8>), StampError> {
    let second: Option<SigningCertificate> = attribute(attributes, ID_SIGNING_CERTIFICATE_V2).transpose()?;
    let first: Option<SigningCertificate> = attribute(attributes, ID_SIGNING_CERTIFICATE).transpose()?;
    let (named, default) = match (second, first) {
        (Some(named), _) => (named, &SHA256),
        (None, Some(named)) => (named, &SHA1_FOR_LEGACY_USE_ONLY),
        (None, None) => return Err(StampError::Certificate("none is named in what is signed".to_owned())),
    };
    let named = named
        .certificates
        .first()
        .ok_or_else(|| StampError::Certificate("none is named in what is signed".to_owned()))?;
    let algorithm = named.algorithm.as_ref().map_or(Ok(default), digest_algorithm)?;
    let (own, raw) = certificates
        .iter()
        .find(|(_, raw)| digest(algorithm, raw).as_ref() == named.hash.as_bytes())
        .ok_or_else(|| StampError::Certificate("the one that signed is not in the token".to_owned()))?;
    if let SignerIdentifier::IssuerAndSerialNumber(id) = &signer.sid
        && (id.issuer != own.tbs_certificate.issuer || id.serial_number != own.tbs_certificate.serial_number)
    {
        return Err(StampError::Certificate("the signer is another than the one named".to_owned()));
    }
    Ok((own, raw))
}

/// That a certificate is for time stamps and for nothing else (RFC 3161 §2.3).
fn for_time_stamps(certificate: &Certificate) -> Result<(), StampError> {
    let wrong = || StampError::Certificate("it is not for time stamps alone".to_owned());
    let extensions = certificate.tbs_certificate.extensions.iter().flatten();
    let mut usages = extensions.filter(|extension: &&Extension| extension.extn_id == ExtendedKeyUsage::OID);
    let usage = usages.next().filter(|usage| usage.critical).ok_or_else(wrong)?;
    let allowed = ExtendedKeyUsage::from_der(usage.extn_value.as_bytes()).map_err(unreadable)?;
    if allowed.0 == [ID_KP_TIME_STAMPING] { Ok(()) } else { Err(wrong()) }
}

/// The signature over the signed attributes (RFC 5652 §5.4: as a SET OF, not as the field that holds them).
fn check_signature(
    end: &EndEntityCert<'_>,
    attributes: &Attributes,
    signer: &SignerInfo,
) -> Result<(), StampError> {
    /// id-RSASSA-PSS (RFC 8017).
    const ID_RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
    let is_pss = signer.signature_algorithm.oid == ID_RSASSA_PSS;
    let candidates: &[&dyn SignatureVerificationAlgorithm] = match (signer.digest_alg.oid, is_pss) {
        (ID_SHA_256, false) => &[RSA_PKCS1_2048_8192_SHA256, ECDSA_P256_SHA256, ECDSA_P384_SHA256],
        (ID_SHA_384, false) => &[RSA_PKCS1_2048_8192_SHA384, ECDSA_P256_SHA384, ECDSA_P384_SHA384],
        (ID_SHA_512, false) => &[RSA_PKCS1_2048_8192_SHA512, ED25519],
        (ID_SHA_256, true) => &[RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
        (ID_SHA_384, true) => &[RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
        (ID_SHA_512, true) => &[RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
        (other, _) => return Err(StampError::UnknownAlgorithm(other.to_string())),
    };
    let message = attributes.to_der().map_err(unreadable)?;
    let signature = signer.signature.as_bytes();
    let outcomes: Vec<_> =
        candidates.iter().map(|algorithm| end.verify_signature(*algorithm, &message, signature)).collect();
    if outcomes.iter().any(Result::is_ok) {
        return Ok(());
    }
    // A key of another kind than the algorithm's is no forgery; a signature that fails with its own kind of key is.
    if outcomes.contains(&Err(webpki::Error::InvalidSignatureForPublicKey)) {
        return Err(StampError::Signature("it is not that of the certificate's key".to_owned()));
    }
    Err(StampError::UnknownAlgorithm(signer.signature_algorithm.oid.to_string()))
}
