//! Sprig's certificates and keys: X.509 by RSA, of keys from the public pool.

use super::super::random::random_bytes;
use super::der::{self, BIT_STRING, NULL, OBJECT, OCTET_STRING, SET, bits, element, integer, sequence};
use super::key_pool::CURVE_KEYS;
use super::rsa::{Key, inside_pkcs8};
use crate::template::function::{Context, Error, Function, Type};
use crate::template::functions::Time;
use crate::template::print::display;
use crate::template::value::{Object, Value};

const CA: Type = Type::Named("sprig.certificate");
/// What a signature takes of the allowance for slow functions, and what a key takes.
const SIGNATURE: u64 = 10;
const KEY: u64 = 2;

/// The functions that make keys and certificates.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("buildCustomCert", &[Type::String, Type::String], |_, a| {
        build_custom(&a[0].text(), &a[1].text())
    }),
    Function::new("genCA", &[Type::String, Type::Int], |context, a| {
        let key = new_key(context)?;
        authority(context, a, &key)
    }),
    Function::new("genCAWithKey", &[Type::String, Type::Int, Type::String], |context, a| {
        let key = given_key(&a[2])?;
        authority(context, a, &key)
    }),
    Function::new("genPrivateKey", &[Type::String], |context, a| private_key(context, &a[0].text())),
    Function::new("genSelfSignedCert", &[Type::String, Type::List, Type::List, Type::Int], |context, a| {
        let key = new_key(context)?;
        self_signed(context, a, &key)
    }),
    Function::new(
        "genSelfSignedCertWithKey",
        &[Type::String, Type::List, Type::List, Type::Int, Type::String],
        |context, a| {
            let key = given_key(&a[4])?;
            self_signed(context, a, &key)
        },
    ),
    Function::new("genSignedCert", &[Type::String, Type::List, Type::List, Type::Int, CA], |context, a| {
        let key = new_key(context)?;
        signed(context, a, &key)
    }),
    Function::new(
        "genSignedCertWithKey",
        &[Type::String, Type::List, Type::List, Type::Int, CA, Type::String],
        |context, a| {
            let key = given_key(&a[5])?;
            signed(context, a, &key)
        },
    ),
];

/// A certificate with its key, both as PEM.
struct Certificate {
    certificate: String,
    key: String,
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", self.certificate.as_str().into()), ("Key", self.key.as_str().into())]
    }
}

fn new_key(context: &mut Context<'_>) -> Result<Key, Error> {
    context.charge_slow(KEY)?;
    let random = context.random();
    Ok(Key::picked(random, context))
}

fn given_key(pem: &Value) -> Result<Key, Error> {
    parse_key(&pem.text()).map_err(|problem| Error::new(format!("parsing private key: {problem}")))
}

fn parse_key(pem: &str) -> Result<Key, String> {
    let (kind, bytes) = der::from_pem(pem).ok_or("no PEM data in input")?;
    let malformed = "asn1: structure error: tags don't match";
    match kind.as_str() {
        "RSA PRIVATE KEY" => {
            Key::parse(&bytes).ok_or_else(|| format!("parsing RSA private key from PEM: {malformed}"))
        }
        "PRIVATE KEY" => inside_pkcs8(&bytes)
            .and_then(Key::parse)
            .ok_or_else(|| "only RSA keys are simulated here".to_string()),
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => Err("only RSA keys are simulated here".into()),
        kind => match kind.strip_suffix(" PRIVATE KEY") {
            Some(kind) => Err(format!("invalid private key type {kind}")),
            None => Err(format!("no private key data in PEM block of type {kind}")),
        },
    }
}

fn build_custom(certificate: &str, key: &str) -> Result<Value, Error> {
    let decoded = |text: &str, what: &str| {
        let bytes = super::super::base_encoding::decode_base64(text.as_bytes());
        bytes
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|_| Error::new(format!("unable to decode base64 {what}")))
    };
    let certificate = decoded(certificate, "certificate")?;
    let key = decoded(key, "private key")?;
    let (_, bytes) = der::from_pem(&certificate).ok_or("unable to decode certificate")?;
    if subject_of(&bytes).is_none() {
        return Err("error parsing certificate: decodedCert.Bytes: x509: malformed certificate".into());
    }
    match der::from_pem(&key) {
        None => Err("error parsing private key: no PEM data in input".into()),
        Some((kind, _)) if !kind.ends_with("PRIVATE KEY") => {
            Err(format!("error parsing private key: no private key data in PEM block of type {kind}").into())
        }
        Some(_) => Ok(Value::object(Certificate { certificate, key })),
    }
}

fn private_key(context: &mut Context<'_>, kind: &str) -> Result<Value, Error> {
    context.charge_slow(KEY)?;
    Ok(match kind {
        "" | "rsa" => {
            let random = context.random();
            Key::picked(random, context).to_pem().into()
        }
        "ecdsa" => {
            let hex = CURVE_KEYS[(context.random() % CURVE_KEYS.len() as u64) as usize];
            let bytes: Vec<u8> = (0..hex.len())
                .step_by(2)
                .filter_map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok())
                .collect();
            let (secret, point) = bytes.split_at(32);
            let curve = element(OBJECT, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
            let key = sequence(&[
                integer(&[1]),
                element(OCTET_STRING, secret),
                element(0xa0, &curve),
                element(0xa1, &bits(&[&[4], point].concat())),
            ]);
            der::to_pem("EC PRIVATE KEY", &key).into()
        }
        "ed25519" => {
            let seed = [random_bytes(context), random_bytes(context)].concat();
            let algorithm = sequence(&[element(OBJECT, &[0x2b, 0x65, 0x70])]);
            let key =
                sequence(&[integer(&[0]), algorithm, element(OCTET_STRING, &element(OCTET_STRING, &seed))]);
            der::to_pem("PRIVATE KEY", &key).into()
        }
        "dsa" => "failed to generate private key: DSA keys are not simulated here".into(),
        other => format!("Unknown type {other}").into(),
    })
}

/// Who signs: a name, an identifier of the key, the key.
struct Issuer<'k> {
    name: Vec<u8>,
    key_id: Option<Vec<u8>>,
    key: &'k Key,
}

/// What a certificate says.
struct Request<'v> {
    name: Vec<u8>,
    addresses: &'v Value,
    dns_names: &'v Value,
    days: i64,
    is_authority: bool,
}

fn authority(context: &mut Context<'_>, a: &[Value], key: &Key) -> Result<Value, Error> {
    let name = common_name(&a[0].text());
    let request = Request {
        name: name.clone(),
        addresses: &Value::Nil,
        dns_names: &Value::Nil,
        days: a[1].int(),
        is_authority: true,
    };
    issue(context, &request, key, &Issuer { name, key_id: None, key })
}

fn self_signed(context: &mut Context<'_>, a: &[Value], key: &Key) -> Result<Value, Error> {
    let name = common_name(&a[0].text());
    let request = Request {
        name: name.clone(),
        addresses: &a[1],
        dns_names: &a[2],
        days: a[3].int(),
        is_authority: false,
    };
    issue(context, &request, key, &Issuer { name, key_id: None, key })
}

fn signed(context: &mut Context<'_>, a: &[Value], key: &Key) -> Result<Value, Error> {
    let authority = a[4].downcast::<Certificate>().ok_or_else(super::super::lists::nil_dereference)?;
    let (_, bytes) = der::from_pem(&authority.certificate).ok_or("unable to decode certificate")?;
    let name = subject_of(&bytes)
        .ok_or("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate")?;
    let signer = parse_key(&authority.key)
        .map_err(|problem| Error::new(format!("error parsing private key: {problem}")))?;
    let key_id = Some(key_id(&signer));
    let request = Request {
        name: common_name(&a[0].text()),
        addresses: &a[1],
        dns_names: &a[2],
        days: a[3].int(),
        is_authority: false,
    };
    issue(context, &request, key, &Issuer { name: name.to_vec(), key_id, key: &signer })
}

/// The subject's whole element in a certificate.
fn subject_of(certificate: &[u8]) -> Option<&[u8]> {
    let ((_, content, _), _) = der::read(certificate)?;
    let ((_, _, body), _) = der::read(content)?;
    der::parts(body)?.get(5).map(|(_, _, whole)| *whole)
}

fn common_name(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return sequence(&[]);
    }
    let is_printable = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
    let tag = if text.bytes().all(is_printable) { 0x13 } else { 0x0c };
    let pair = sequence(&[element(OBJECT, &[0x55, 0x04, 0x03]), element(tag, text.as_bytes())]);
    sequence(&[element(SET, &pair)])
}

fn key_id(key: &Key) -> Vec<u8> {
    super::sha2::sha256(&key.public_key())[..20].to_vec()
}

fn instant(time: &Time) -> Vec<u8> {
    let text = time.format("20060102150405");
    match text.strip_prefix("20") {
        Some(short) if text.as_str() < "2050" => element(0x17, format!("{short}Z").as_bytes()),
        _ => element(0x18, format!("{text}Z").as_bytes()),
    }
}

fn extension(object: &[u8], is_critical: bool, content: &[u8]) -> Vec<u8> {
    let critical = if is_critical { vec![0x01, 0x01, 0xff] } else { Vec::new() };
    sequence(&[element(OBJECT, object), critical, element(OCTET_STRING, content)])
}

/// The other names of a certificate.
fn alternative_names(request: &Request<'_>) -> Result<Vec<u8>, Error> {
    let items = |value: &Value| value.as_list().map(|list| list.to_vec()).unwrap_or_default();
    let mut names = Vec::new();
    for name in items(request.dns_names) {
        let text = name.as_str().ok_or_else(|| {
            Error::new(format!("error processing alternate dns name: {} is not a string", display(&name)))
        })?;
        names.extend(element(0x82, text.as_bytes()));
    }
    for address in items(request.addresses) {
        let text = address
            .as_str()
            .ok_or_else(|| Error::new(format!("error parsing ip: {} is not a string", display(&address))))?;
        let bytes = match text.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(address)) => address.octets().to_vec(),
            Ok(std::net::IpAddr::V6(address)) => address.octets().to_vec(),
            Err(_) => return Err(Error::new(format!("error parsing ip: {text}"))),
        };
        names.extend(element(0x87, &bytes));
    }
    Ok(names)
}

fn issue(
    context: &mut Context<'_>,
    request: &Request<'_>,
    key: &Key,
    issuer: &Issuer<'_>,
) -> Result<Value, Error> {
    context.charge_slow(SIGNATURE)?;
    let names = alternative_names(request)?;
    let (seconds, _) = context.now();
    let days = request.days.clamp(-1_000_000, 1_000_000);
    let (from, to) = (Time::utc(seconds, 0), Time::utc(seconds.saturating_add(days * 86_400), 0));
    let algorithm = |last: u8| {
        let object = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last];
        sequence(&[element(OBJECT, &object), element(NULL, &[])])
    };
    let usage: &[u8] = if request.is_authority { &[2, 0xa4] } else { &[5, 0xa0] };
    let purpose = |last: u8| element(OBJECT, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last]);
    let constraints = if request.is_authority { vec![vec![0x01, 0x01, 0xff]] } else { Vec::new() };
    let mut extensions = vec![
        extension(&[0x55, 0x1d, 0x0f], true, &element(BIT_STRING, usage)),
        extension(&[0x55, 0x1d, 0x25], false, &sequence(&[purpose(1), purpose(2)])),
        extension(&[0x55, 0x1d, 0x13], true, &sequence(&constraints)),
    ];
    if request.is_authority {
        extensions.push(extension(&[0x55, 0x1d, 0x0e], false, &element(OCTET_STRING, &key_id(key))));
    }
    if let Some(id) = &issuer.key_id {
        extensions.push(extension(&[0x55, 0x1d, 0x23], false, &sequence(&[element(0x80, id)])));
    }
    if !names.is_empty() {
        extensions.push(extension(&[0x55, 0x1d, 0x11], false, &sequence(&[names])));
    }
    let mut serial = random_bytes(context);
    serial[0] = serial[0] & 0x7f | 0x40;
    let body = sequence(&[
        element(0xa0, &integer(&[2])),
        integer(&serial),
        algorithm(0x0b),
        issuer.name.clone(),
        sequence(&[instant(&from), instant(&to)]),
        request.name.clone(),
        sequence(&[algorithm(0x01), bits(&key.public_key())]),
        element(0xa3, &sequence(&extensions)),
    ]);
    let signature = bits(&issuer.key.signed(&body, context));
    let certificate = sequence(&[body, algorithm(0x0b), signature]);
    Ok(Value::object(Certificate {
        certificate: der::to_pem("CERTIFICATE", &certificate),
        key: key.to_pem(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::function::Environment;

    #[test]
    fn signs_a_chain() {
        let environment = Environment { now: (1_700_000_000, 0), seed: 1, ..Environment::default() };
        let mut context = Context::new(&environment);
        let call = |context: &mut Context<'_>, name: &str, a: &[Value]| {
            let function = FUNCTIONS.iter().find(|function| function.name == name).expect("known");
            (function.call)(context, a).expect("works")
        };
        let authority = call(&mut context, "genCA", &["ca".into(), Value::Int(365)]);
        let names = Value::list(vec!["web-0.web".into()]);
        let addresses = Value::list(vec!["10.0.0.1".into()]);
        let leaf =
            call(&mut context, "genSignedCert", &["web".into(), addresses, names, Value::Int(30), authority]);
        let leaf = leaf.downcast::<Certificate>().expect("a certificate");
        let (_, bytes) = der::from_pem(&leaf.certificate).expect("PEM");
        assert_eq!(subject_of(&bytes), Some(&common_name("web")[..]));
        assert!(parse_key(&leaf.key).is_ok());
    }
}
