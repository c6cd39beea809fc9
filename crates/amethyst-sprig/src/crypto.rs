//! Keys, certificates, passwords and AES. All randomness comes from the host, so a seeded host repeats them.

mod aes;
mod certificate;
mod curve;
mod der;
mod keys;
mod password;
mod pem;

use amethyst_gotemplate::{Function, Type, Value};
use amethyst_rsa::Size;

use crate::arguments::{INT, STRING, bytes, fixed, int, text};
use certificate::Request;

const CERTIFICATE: Type = Type::Native("sprig.certificate");

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("bcrypt", &[STRING], |e, a| {
        e.host().not_reproducible("bcrypt");
        Ok(Value::from(password::bcrypt(e, bytes(a, 0))))
    }),
    fixed("htpasswd", &[STRING, STRING], |e, a| {
        let user = text(a, 0);
        if user.contains(':') {
            return Ok(Value::from(format!("invalid username: {user}")));
        }
        e.host().not_reproducible("htpasswd");
        let hash = password::bcrypt(e, bytes(a, 1));
        Ok(Value::from(format!("{user}:{hash}")))
    }),
    fixed("derivePassword", &[Type::Uint32, STRING, STRING, STRING, STRING], |_, a| {
        let counter = int(a, 0) as u32;
        Ok(Value::from(password::derive(counter, &text(a, 1), bytes(a, 2), bytes(a, 3), bytes(a, 4))))
    }),
    fixed("encryptAES", &[STRING, STRING], |e, a| {
        if bytes(a, 1).is_empty() {
            return Ok(Value::from(""));
        }
        e.host().not_reproducible("encryptAES");
        Ok(Value::from(aes::encrypt(e, bytes(a, 0), bytes(a, 1))))
    }),
    fixed("decryptAES", &[STRING, STRING], |_, a| {
        Ok(Value::bytes_string(aes::decrypt(bytes(a, 0), bytes(a, 1))?))
    }),
    fixed("genPrivateKey", &[STRING], |e, a| {
        e.host().not_reproducible("genPrivateKey");
        Ok(Value::from(keys::generate_text(e, &text(a, 0))?))
    }),
    fixed("buildCustomCert", &[STRING, STRING], |_, a| {
        Ok(certificate::custom(bytes(a, 0), bytes(a, 1))?.into())
    }),
    fixed("genCA", &[STRING, INT], |e, a| {
        e.host().not_reproducible("genCA");
        let key = keys::generate_rsa(e, Size::Bits2048)?;
        Ok(Request::authority(a).self_signed(e, &key)?.into())
    }),
    fixed("genCAWithKey", &[STRING, INT, STRING], |e, a| {
        e.host().not_reproducible("genCAWithKey");
        let key = keys::given(&text(a, 2))?;
        Ok(Request::authority(a).self_signed(e, &key)?.into())
    }),
    fixed("genSelfSignedCert", &[STRING, Type::Anys, Type::Anys, INT], |e, a| {
        e.host().not_reproducible("genSelfSignedCert");
        let key = keys::generate_rsa(e, Size::Bits2048)?;
        Ok(Request::leaf(a)?.self_signed(e, &key)?.into())
    }),
    fixed("genSelfSignedCertWithKey", &[STRING, Type::Anys, Type::Anys, INT, STRING], |e, a| {
        e.host().not_reproducible("genSelfSignedCertWithKey");
        let key = keys::given(&text(a, 4))?;
        Ok(Request::leaf(a)?.self_signed(e, &key)?.into())
    }),
    fixed("genSignedCert", &[STRING, Type::Anys, Type::Anys, INT, CERTIFICATE], |e, a| {
        e.host().not_reproducible("genSignedCert");
        let key = keys::generate_rsa(e, Size::Bits2048)?;
        Ok(Request::leaf(a)?.signed(e, &key, &a[4])?.into())
    }),
    fixed("genSignedCertWithKey", &[STRING, Type::Anys, Type::Anys, INT, CERTIFICATE, STRING], |e, a| {
        e.host().not_reproducible("genSignedCertWithKey");
        let key = keys::given(&text(a, 5))?;
        Ok(Request::leaf(a)?.signed(e, &key, &a[4])?.into())
    }),
];
