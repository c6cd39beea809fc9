//! IP addresses and networks (apiserver `pkg/cel/library/{ip,cidr}.go`).

use std::fmt;
use std::net::IpAddr;

use super::numbers::quote_go;
use super::{Native, no_overload};
use crate::error::EvalError;
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

/// A network: an address, and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u32,
}

impl Cidr {
    /// How many bytes of the address count.
    pub(crate) fn size(self) -> u64 {
        u64::from(self.bits.div_ceil(8))
    }

    /// Whether the first bits of an address are those of the network.
    fn contains(self, other: IpAddr) -> bool {
        self.address.is_ipv4() == other.is_ipv4() && head(self.address, self.bits) == head(other, self.bits)
    }

    fn contains_network(self, other: Self) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }

    fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(_) => IpAddr::from(((head(self.address, self.bits) >> 96) as u32).to_be_bytes()),
            IpAddr::V6(_) => IpAddr::from(head(self.address, self.bits).to_be_bytes()),
        };
        Self { address, bits: self.bits }
    }
}

/// The first bits of an address, at the left.
fn head(address: IpAddr, bits: u32) -> u128 {
    let all = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    if bits == 0 { 0 } else { all & (u128::MAX << (128 - bits)) }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "ip" => |args| match &args[0] {
            Value::String(text) => parse_ip(text).map(Value::Ip),
            Value::Cidr(cidr) => Ok(Value::Ip(cidr.address)),
            _ => no_overload("ip", args),
        },
        "isIP" => |args| text("isIP", args, |text| Ok(Value::Bool(parse_ip(text).is_ok()))),
        "ip.isCanonical" => {
            |args| text("ip.isCanonical", args, |text| Ok(Value::Bool(parse_ip(text)?.to_string() == text)))
        }
        "family" => |args| ip("family", args, |ip| Value::Int(if ip.is_ipv4() { 4 } else { 6 })),
        "isUnspecified" => |args| ip("isUnspecified", args, |ip| Value::Bool(ip.is_unspecified())),
        "isLoopback" => |args| ip("isLoopback", args, |ip| Value::Bool(ip.is_loopback())),
        "isLinkLocalMulticast" => {
            |args| ip("isLinkLocalMulticast", args, |ip| Value::Bool(is_link_local_multicast(ip)))
        }
        "isLinkLocalUnicast" => {
            |args| ip("isLinkLocalUnicast", args, |ip| Value::Bool(is_link_local_unicast(ip)))
        }
        "isGlobalUnicast" => |args| {
            ip("isGlobalUnicast", args, |ip| {
                let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
                let is_other = ip.is_unspecified() || ip.is_loopback() || ip.is_multicast();
                Value::Bool(!is_broadcast && !is_other && !is_link_local_unicast(ip))
            })
        },
        "cidr" => |args| text("cidr", args, |text| parse_cidr(text).map(Value::Cidr)),
        "isCIDR" => |args| text("isCIDR", args, |text| Ok(Value::Bool(parse_cidr(text).is_ok()))),
        "prefixLength" => |args| cidr("prefixLength", args, |cidr| Value::Int(i64::from(cidr.bits))),
        "masked" => |args| cidr("masked", args, |cidr| Value::Cidr(cidr.masked())),
        "containsIP" => |args| match args {
            [Value::Cidr(cidr), Value::Ip(ip)] => Ok(Value::Bool(cidr.contains(*ip))),
            [Value::Cidr(cidr), Value::String(text)] => Ok(Value::Bool(cidr.contains(parse_ip(text)?))),
            _ => no_overload("containsIP", args),
        },
        "containsCIDR" => |args| match args {
            [Value::Cidr(cidr), Value::Cidr(other)] => Ok(Value::Bool(cidr.contains_network(*other))),
            [Value::Cidr(cidr), Value::String(text)] => {
                Ok(Value::Bool(cidr.contains_network(parse_cidr(text)?)))
            }
            _ => no_overload("containsCIDR", args),
        },
        _ => return None,
    })
}

fn text<'v>(name: &str, args: &[Value<'v>], read: fn(&str) -> Result<'v>) -> Result<'v> {
    match args {
        [Value::String(text)] => read(text),
        _ => no_overload(name, args),
    }
}

fn ip<'v>(name: &str, args: &[Value<'v>], read: fn(IpAddr) -> Value<'v>) -> Result<'v> {
    match args {
        [Value::Ip(ip)] => Ok(read(*ip)),
        _ => no_overload(name, args),
    }
}

fn cidr<'v>(name: &str, args: &[Value<'v>], read: fn(Cidr) -> Value<'v>) -> Result<'v> {
    match args {
        [Value::Cidr(cidr)] => Ok(read(*cidr)),
        _ => no_overload(name, args),
    }
}

fn is_link_local_multicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.octets()[0] == 0xff && ip.octets()[1] & 0x0f == 2,
    }
}

fn is_link_local_unicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn is_mapped(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some())
}

/// Reads an address; zones and IPv4 inside IPv6 are refused.
fn parse_ip(text: &str) -> std::result::Result<IpAddr, EvalError> {
    let quoted = quote_go(text);
    if let Some((address, zone)) = text.split_once('%')
        && !zone.is_empty()
        && address.parse::<std::net::Ipv6Addr>().is_ok()
    {
        return Err(EvalError::new(format!("IP address {quoted} with zone value is not allowed")));
    }
    let ip: IpAddr = text.parse().map_err(|_| {
        EvalError::new(format!(
            "IP Address {quoted} parse error during conversion from string: ParseAddr({quoted}): {}",
            ip_fault(text)
        ))
    })?;
    if is_mapped(ip) {
        return Err(EvalError::new(format!("IPv4-mapped IPv6 address {quoted} is not allowed")));
    }
    Ok(ip)
}

/// Why a text is no address, as Go's `netip` words the common cases.
fn ip_fault(text: &str) -> &'static str {
    match text.find(['.', ':', '%']).map(|at| text.as_bytes()[at]) {
        None => "unable to parse IP",
        Some(b'.') => {
            let fields: Vec<&str> = text.split('.').collect();
            if fields.len() < 4 {
                "IPv4 address too short"
            } else if fields.len() > 4 {
                "IPv4 address too long"
            } else if fields.iter().any(|field| !field.bytes().all(|byte| byte.is_ascii_digit())) {
                "unexpected character"
            } else if fields.iter().any(|field| field.is_empty()) {
                "IPv4 field must have at least one digit"
            } else if fields.iter().any(|field| field.len() > 1 && field.starts_with('0')) {
                "IPv4 field has octet with leading zero"
            } else {
                "IPv4 field has value >255"
            }
        }
        Some(_) => "unexpected character",
    }
}

fn parse_cidr(text: &str) -> std::result::Result<Cidr, EvalError> {
    let quoted = quote_go(text);
    let prefix = "network address parse error during conversion from string: ";
    let fail = |why: &str| Err(EvalError::new(format!("{prefix}{prefix}netip.ParsePrefix({quoted}): {why}")));
    let Some((address, bits)) = text.rsplit_once('/') else { return fail("no '/'") };
    if address.contains('%') {
        return fail("IPv6 zones cannot be present in a prefix");
    }
    let Ok(ip) = address.parse::<IpAddr>() else {
        return fail(&format!("ParseAddr({}): {}", quote_go(address), ip_fault(address)));
    };
    let is_number =
        bits.bytes().all(|byte| byte.is_ascii_digit()) && !(bits.len() > 1 && bits.starts_with('0'));
    let Some(length) = bits.parse::<u32>().ok().filter(|_| is_number) else {
        return fail(&format!("bad bits after slash: {}", quote_go(bits)));
    };
    if length > if ip.is_ipv4() { 32 } else { 128 } {
        return fail("prefix length out of range");
    }
    if is_mapped(ip) {
        return Err(EvalError::new(format!("{prefix}IPv4-mapped IPv6 address {quoted} is not allowed")));
    }
    Ok(Cidr { address: ip, bits: length })
}
