//! ServiceCIDRs and IPAddresses as objects (kubernetes `pkg/registry/networking/{servicecidr,ipaddress}`,
//! `pkg/apis/networking/validation`).

use std::net::IpAddr;

use amethyst_object::{FieldPath, Map, Value, value};
use amethyst_schema::Fault;
use amethyst_validation::names;

use crate::registry::metadata::path;
use crate::registry::write::Attempt;

const IMMUTABLE: &str = "field is immutable";

pub(super) fn cidrs(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let at = path(&["spec", "cidrs"]);
    let Some(old) = old else { return check_cidrs(new) };
    let (before, after) = (list(old), list(new));
    let moved = |index: usize| {
        let changed = before.get(index) != after.get(index);
        changed.then(|| Fault::invalid(at.clone().index(index), after[index].clone(), IMMUTABLE))
    };
    match (before.len(), after.len()) {
        (many, same) if many == same => (0..many).filter_map(moved).collect(),
        // A range becomes dual-stack.
        (1, 2) => moved(0).into_iter().chain(check_cidrs(new)).collect(),
        _ => vec![Fault::invalid(at, Value::Array(after.to_vec()), IMMUTABLE)],
    }
}

fn list(cidr: &Map) -> &[Value] {
    cidr.get("spec").and_then(|spec| spec.get("cidrs")).and_then(Value::as_array).unwrap_or_default()
}

fn check_cidrs(cidr: &Map) -> Vec<Fault> {
    let (at, list) = (path(&["spec", "cidrs"]), list(cidr));
    if list.is_empty() {
        return vec![Fault::required(at, "at least one CIDR required")];
    }
    if list.len() > 2 {
        // Shown with the name of the Go type's field.
        let shown = value!({"CIDRs": (list.to_vec())});
        return vec![Fault::invalid(at, shown, "may only hold up to 2 values")];
    }
    let mut faults = Vec::new();
    let mut families = Vec::new();
    for (index, text) in list.iter().enumerate() {
        let text = text.as_str().unwrap_or_default();
        match check_cidr(text) {
            Ok(ip) => families.push(ip.is_ipv4()),
            Err(why) => faults.push(Fault::invalid(at.clone().index(index), text, why)),
        }
    }
    if let [first, second] = families.as_slice()
        && first == second
    {
        let why = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
        faults.push(Fault::invalid(at, Value::Array(list.to_vec()), why));
    }
    faults
}

/// A network in its one spelling (apimachinery `pkg/util/validation/ip.go`, `IsValidCIDR`).
fn check_cidr(text: &str) -> Result<IpAddr, String> {
    let malformed = || "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".to_owned();
    let (ip, digits) = text.split_once('/').ok_or_else(malformed)?;
    let bits: u8 = Some(digits)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(malformed)?;
    let zeros = || "must not have leading 0s in IP or prefix length".to_owned();
    let address: IpAddr = match ip.parse() {
        Ok(address) => address,
        Err(_) if names::is_sloppy_ipv4(ip) => return Err(zeros()),
        Err(_) => return Err(malformed()),
    };
    if bits > if address.is_ipv4() { 32 } else { 128 } {
        return Err(malformed());
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(zeros());
    }
    let masked = match address {
        IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some() => {
            return Err("must not have an IPv4-mapped IPv6 address".to_owned());
        }
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(ip) & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(ip) & mask).into())
        }
    };
    if masked != address {
        return Err("must not have bits set beyond the prefix length".to_owned());
    }
    let canonical = format!("{address}/{bits}");
    if canonical == text { Ok(address) } else { Err(format!("must be in canonical form ({canonical:?})")) }
}

pub(super) fn address(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let parent = |object: &Map| object.get("spec").and_then(|spec| spec.get("parentRef")).cloned();
    let at = path(&["spec", "parentRef"]);
    let Some(reference) = parent(new).filter(|reference| !reference.is_null()) else {
        return vec![Fault::required(at, "")];
    };
    let mut faults = check_parent(&reference, &at);
    if let Some(old) = old
        && parent(old).as_ref() != Some(&reference)
    {
        let part = |key: &str| reference.str_at(&[key]).unwrap_or_default();
        let shown = value!({
            "Group": (part("group")), "Resource": (part("resource")), "Namespace": (part("namespace")),
            "Name": (part("name")),
        });
        faults.push(Fault::invalid(at, shown, IMMUTABLE));
    }
    faults
}

fn check_parent(reference: &Value, at: &FieldPath) -> Vec<Fault> {
    let mut faults = Vec::new();
    let part = |key: &str| reference.str_at(&[key]).unwrap_or_default();
    if !part("group").is_empty() {
        let why = names::subdomain(part("group"));
        faults.extend(why.into_iter().map(|why| Fault::invalid(at.child("group"), part("group"), why)));
    }
    for (key, required) in [("resource", true), ("name", true), ("namespace", false)] {
        let text = part(key);
        if text.is_empty() {
            faults.extend(required.then(|| Fault::required(at.child(key), "")));
            continue;
        }
        let why = names::path_segment(text, false);
        faults.extend(why.into_iter().map(|why| Fault::invalid(at.child(key), text, why)));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::check_cidr;

    #[test]
    fn networks_have_one_spelling() {
        for (text, expect) in [
            ("10.0.0.0/24", None),
            ("2001:db8::/64", None),
            ("10.0.0.0", Some("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")),
            ("10.0.0.0/33", Some("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")),
            ("010.0.0.0/24", Some("must not have leading 0s in IP or prefix length")),
            ("10.0.0.0/08", Some("must not have leading 0s in IP or prefix length")),
            ("10.0.0.1/24", Some("must not have bits set beyond the prefix length")),
            ("::ffff:10.0.0.0/120", Some("must not have an IPv4-mapped IPv6 address")),
            ("2001:DB8::/64", Some("must be in canonical form (\"2001:db8::/64\")")),
        ] {
            assert_eq!(check_cidr(text).err().as_deref(), expect, "{text}");
        }
    }
}
