//! Where cluster IPs come from: the ServiceCIDRs that are ready (kubernetes
//! `pkg/registry/core/service/ipallocator/cidrallocator.go`).
//!
//! The range that an address is taken from must stay as it is until the address is: so none is given out of
//! a range whose deletion has begun.

use std::net::Ipv4Addr;

use amethyst_object::Value;
use amethyst_store::{Expect, Revision};

use super::{RANDOM_TRIES, ip_key};
use crate::registry::write::{Attempt, Extra};
use crate::status::Status;

const CIDRS: &str = "networking.k8s.io/servicecidrs//";
/// The range that is always there.
const DEFAULT: &str = "kubernetes";

/// A range of addresses.
pub(super) struct Range {
    base: u32,
    /// How many addresses, the network's own and the broadcast among them.
    size: u64,
    key: String,
    revision: Revision,
}

/// The ranges that give out addresses, the default one first.
pub(super) fn ranges(attempt: &Attempt<'_>) -> Vec<Range> {
    let mut ranges = Vec::new();
    for (key, stored) in attempt.snapshot.range(CIDRS, None) {
        let object = Value::Object(stored.record.object());
        if stored.record.index.deleting || !is_ready(&object) {
            continue;
        }
        let cidrs = object.at(&["spec", "cidrs"]).and_then(Value::as_array).unwrap_or_default();
        for (base, bits) in cidrs.iter().filter_map(Value::as_str).filter_map(parse) {
            let size = 1_u64 << (32 - u32::from(bits.min(32)));
            ranges.push(Range { base, size, key: key.as_str().to_owned(), revision: stored.modified });
        }
    }
    ranges.sort_by_key(|range| !range.key.ends_with(&format!("/{DEFAULT}")));
    ranges
}

/// Ready, or not said to be anything.
fn is_ready(cidr: &Value) -> bool {
    let conditions = cidr.at(&["status", "conditions"]).and_then(Value::as_array).unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition.str_at(&["type"]) == Some("Ready"));
    ready.is_none_or(|ready| ready.str_at(&["status"]) == Some("True"))
}

fn parse(cidr: &str) -> Option<(u32, u8)> {
    let (ip, bits) = cidr.split_once('/')?;
    Some((ip.parse::<Ipv4Addr>().ok()?.into(), bits.parse().ok()?))
}

impl Range {
    /// Whether an address can be given out: neither the network's own nor the broadcast.
    pub(super) fn holds(&self, ip: Ipv4Addr) -> bool {
        let offset = u64::from(u32::from(ip)).checked_sub(u64::from(self.base));
        offset.is_some_and(|offset| offset > 0 && offset + 1 < self.size)
    }

    /// The range must not change before the write is through.
    pub(super) fn hold(&self, extra: &mut Extra) {
        extra.expect(self.key.as_str(), Expect::Unchanged(self.revision));
    }

    /// How many of the lower addresses are left for those who ask for a certain one.
    fn reserved(&self) -> u64 {
        if self.size <= 16 { 0 } else { (self.size / 16).clamp(16, 256) }
    }

    /// An address that nobody has: by chance at first, then the next one.
    pub(super) fn free(&self, attempt: &Attempt<'_>) -> Option<Ipv4Addr> {
        // From the first host up to the broadcast.
        let (first, end) = (1, self.size.saturating_sub(1));
        let from = first + self.reserved();
        let free = |offset: u64| {
            let ip = Ipv4Addr::from(self.base + offset as u32);
            attempt.snapshot.get(&ip_key(&ip.to_string())).is_none().then_some(ip)
        };
        let room = end.checked_sub(from).filter(|room| *room > 0);
        let entropy = &attempt.registry.options().entropy;
        let random = room.and_then(|room| (0..RANDOM_TRIES).find_map(|_| free(from + entropy.u64() % room)));
        random.or_else(|| (from..end).chain(first..from.min(end)).find_map(free))
    }
}

/// Finds an address that nobody has.
pub(super) fn free(attempt: &Attempt<'_>, extra: &mut Extra) -> Result<Ipv4Addr, Status> {
    for range in ranges(attempt) {
        if let Some(ip) = range.free(attempt) {
            range.hold(extra);
            return Ok(ip);
        }
    }
    Err(Status::internal("failed to allocate a serviceIP: range is full"))
}
