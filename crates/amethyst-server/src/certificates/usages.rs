//! What a certificate may be used for, by the names of the certificates API (kubernetes
//! `pkg/controller/certificates/authority/policies.go`).

use super::der;

/// The names, sorted, as messages list them.
pub(crate) const NAMES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// Bits of the key usage extension, counted from the first.
const BITS: [(&str, u8); 10] = [
    ("signing", 0),
    ("digital signature", 0),
    ("content commitment", 1),
    ("key encipherment", 2),
    ("data encipherment", 3),
    ("key agreement", 4),
    ("cert sign", 5),
    ("crl sign", 6),
    ("encipher only", 7),
    ("decipher only", 8),
];

/// Purposes of the extended key usage extension, in the order they are written.
const PURPOSES: [(&[&str], &[u8]); 12] = [
    (&["any"], &[0x55, 0x1d, 0x25, 0x00]),
    (&["server auth"], &[0x2b, 6, 1, 5, 5, 7, 3, 1]),
    (&["client auth"], &[0x2b, 6, 1, 5, 5, 7, 3, 2]),
    (&["code signing"], &[0x2b, 6, 1, 5, 5, 7, 3, 3]),
    (&["email protection", "s/mime"], &[0x2b, 6, 1, 5, 5, 7, 3, 4]),
    (&["ipsec end system"], &[0x2b, 6, 1, 5, 5, 7, 3, 5]),
    (&["ipsec tunnel"], &[0x2b, 6, 1, 5, 5, 7, 3, 6]),
    (&["ipsec user"], &[0x2b, 6, 1, 5, 5, 7, 3, 7]),
    (&["timestamping"], &[0x2b, 6, 1, 5, 5, 7, 3, 8]),
    (&["ocsp signing"], &[0x2b, 6, 1, 5, 5, 7, 3, 9]),
    (&["microsoft sgc"], &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3]),
    (&["netscape sgc"], &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1]),
];

/// Usages as extensions say them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usages {
    bits: u16,
    purposes: Vec<&'static [u8]>,
}

impl Usages {
    /// Reads names; an error lists the unknown ones.
    pub(crate) fn parse<'a>(names: impl IntoIterator<Item = &'a str> + Clone) -> Result<Self, String> {
        let unknown: Vec<String> = names
            .clone()
            .into_iter()
            .filter(|name| !NAMES.contains(name))
            .map(|name| format!("{name:?}"))
            .collect();
        if !unknown.is_empty() {
            return Err(format!("unrecognized usage values: [{}]", unknown.join(" ")));
        }
        let names: Vec<&str> = names.into_iter().collect();
        let set = BITS.iter().filter(|(name, _)| names.contains(name));
        let bits = set.fold(0, |bits, (_, bit)| bits | 1_u16 << (15 - bit));
        let wanted = PURPOSES.iter().filter(|(spelled, _)| names.iter().any(|name| spelled.contains(name)));
        Ok(Self { bits, purposes: wanted.map(|(_, purpose)| *purpose).collect() })
    }

    /// The value of the key usage extension; none when no bit is set.
    pub(super) fn key_usage(&self) -> Option<Vec<u8>> {
        if self.bits == 0 {
            return None;
        }
        let bytes = self.bits.to_be_bytes();
        let used = if bytes[1] == 0 { &bytes[..1] } else { &bytes[..] };
        let unused = used.last().map_or(0, |byte| byte.trailing_zeros() as u8);
        Some(der::value(der::BIT_STRING, &[&[unused], used]))
    }

    /// The value of the extended key usage extension; none when there are no purposes.
    pub(super) fn purposes(&self) -> Option<Vec<u8>> {
        let listed: Vec<Vec<u8>> =
            self.purposes.iter().map(|purpose| der::value(der::OBJECT_IDENTIFIER, &[purpose])).collect();
        let parts: Vec<&[u8]> = listed.iter().map(Vec::as_slice).collect();
        (!parts.is_empty()).then(|| der::value(der::SEQUENCE, &parts))
    }
}
