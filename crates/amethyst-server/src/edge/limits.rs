//! Limits on requests: how many may be under way, for whom, and for how long.
//!
//! Upstream without priority and fairness lets 400 reads and 200 writes be under way and turns others away
//! with 429 (kubernetes/apiserver `pkg/server/filters/maxinflight.go`); members of `system:masters` and watches
//! do not count. Ours are the same numbers, of which one user may hold half: a client in a loop cannot shut
//! the others out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::{HeaderValue, RETRY_AFTER};
use http::{StatusCode, Uri};

use super::answer::{self, Answer};
use crate::request::{Query, Verb};
use crate::status::Status;
use crate::user::User;

const READS_MAX: usize = 400;
const WRITES_MAX: usize = 200;
/// A request that is no watch is answered within this time.
const REQUEST_TIME_MAX: Duration = Duration::from_mins(1);

/// The places for requests under way.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<[Class; 2]>);

/// Reads or writes under way.
#[derive(Debug, Default)]
struct Class {
    taken: usize,
    by_user: HashMap<String, usize>,
}

/// One request's place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat<'a>(Option<(&'a Seats, bool, String)>);

impl Seats {
    /// Takes a place; `None` when the user, or all together, hold too many.
    pub(crate) fn take(&self, user: &User, verb: Verb) -> Option<Seat<'_>> {
        if verb == Verb::Watch || user.is_master() {
            return Some(Seat(None));
        }
        let writes = !verb.is_read();
        let max = if writes { WRITES_MAX } else { READS_MAX };
        let mut classes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let class = &mut classes[usize::from(writes)];
        let own = class.by_user.get(&user.name).copied().unwrap_or_default();
        if class.taken >= max || own >= max / 2 {
            return None;
        }
        class.taken += 1;
        class.by_user.insert(user.name.clone(), own + 1);
        Some(Seat(Some((self, writes, user.name.clone()))))
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let Some((seats, writes, user)) = self.0.take() else { return };
        let mut classes = seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let class = &mut classes[usize::from(writes)];
        class.taken -= 1;
        if let Some(own) = class.by_user.get_mut(&user) {
            *own -= 1;
            if *own == 0 {
                class.by_user.remove(&user);
            }
        }
    }
}

/// Upstream's answer to who must come again.
pub(crate) fn too_many() -> Answer {
    let mut answer =
        answer::text(StatusCode::TOO_MANY_REQUESTS, "Too many requests, please try again later.\n");
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// How long a request may take: what its `timeout` says, within the server's own limit.
pub(crate) fn deadline(uri: &Uri) -> Result<Duration, Status> {
    let query = Query::parse(uri.query().unwrap_or_default());
    let Some(text) = query.first("timeout").filter(|text| !text.is_empty()) else {
        return Ok(REQUEST_TIME_MAX);
    };
    let wanted = go_duration(text).map_err(|why| {
        Status::bad_request(format!("invalid timeout specified in the request URL - time: {why}"))
    })?;
    // None at all, and more than the limit, are the limit.
    Ok(if wanted.is_zero() { REQUEST_TIME_MAX } else { wanted.min(REQUEST_TIME_MAX) })
}

/// A duration as Go reads it: `1m30s`. What is negative is nothing.
fn go_duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("invalid duration {text:?}");
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|char: char| char != '.' && !char.is_ascii_digit()).unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().map_err(|_| invalid())?;
        let after = &rest[end..];
        let end = after.find(|char: char| char == '.' || char.is_ascii_digit()).unwrap_or(after.len());
        let size = match &after[..end] {
            "" => return Err(format!("missing unit in duration {text:?}")),
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            unit => return Err(format!("unknown unit {unit:?} in duration {text:?}")),
        };
        seconds += number * size;
        rest = &after[end..];
    }
    let negative = text.starts_with('-');
    Ok(if negative { Duration::ZERO } else { Duration::try_from_secs_f64(seconds).map_err(|_| invalid())? })
}

#[cfg(test)]
mod tests {
    use super::{READS_MAX, Seats, deadline};
    use crate::request::Verb;
    use crate::user::User;

    #[test]
    fn one_user_may_hold_half_of_the_places() {
        let seats = Seats::default();
        let user = |name: &str| User { name: name.to_owned(), ..User::default() };
        let greedy: Vec<_> = (0..READS_MAX).map_while(|_| seats.take(&user("a"), Verb::List)).collect();
        assert_eq!(greedy.len(), READS_MAX / 2);
        let other: Vec<_> = (0..READS_MAX).map_while(|_| seats.take(&user("b"), Verb::Get)).collect();
        assert_eq!(other.len(), READS_MAX / 2);
        assert!(seats.take(&user("c"), Verb::Get).is_none(), "all places are taken");
        assert!(seats.take(&user("c"), Verb::Create).is_some(), "writes have places of their own");
        assert!(seats.take(&user("c"), Verb::Watch).is_some(), "watches need none");
        drop(greedy);
        assert!(seats.take(&user("c"), Verb::Get).is_some());
    }

    /// The messages are kube-apiserver 1.37.2's.
    #[test]
    fn clients_may_wait_less() {
        let check = |query: &str, expect: &str| {
            let uri = format!("/api?{query}").parse().unwrap();
            let found = match deadline(&uri) {
                Ok(time) => format!("{time:?}"),
                Err(status) => status.to_string(),
            };
            assert_eq!(found, expect, "{query}");
        };
        check("", "60s");
        check("timeout=10s", "10s");
        check("timeout=1m30s", "60s");
        check("timeout=0", "60s");
        check("timeout=1.5s", "1.5s");
        let refused = "invalid timeout specified in the request URL - time:";
        check("timeout=x", &format!("{refused} invalid duration \"x\""));
        check("timeout=30", &format!("{refused} missing unit in duration \"30\""));
        check("timeout=3y", &format!("{refused} unknown unit \"y\" in duration \"3y\""));
    }
}
