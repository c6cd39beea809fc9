//! When a request is made again, and after which pause.

use std::time::Duration;

use amethyst_clock::Clock;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

/// How often, and how patiently, a request is made again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Tries in all, the first one counted.
    pub tries_max: u32,
    /// The first pause; each further one is twice as long.
    pub first_pause: Duration,
    /// No pause is longer. A server that asks for more (`Retry-After`) gets no further request.
    pub pause_max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries_max: 4, first_pause: Duration::from_millis(250), pause_max: Duration::from_secs(30) }
    }
}

impl Retry {
    /// One try only.
    pub fn never() -> Self {
        Self { tries_max: 1, ..Self::default() }
    }

    /// The pause after the `turn`th failure, from 0.
    pub fn pause(&self, turn: u32) -> Duration {
        self.first_pause.saturating_mul(1 << turn.min(16)).min(self.pause_max)
    }

    /// The pause when a status is worth another try and the server does not ask for too long a one.
    pub(crate) fn after_answer(
        &self,
        turn: u32,
        status: StatusCode,
        headers: &HeaderMap,
        clock: &Clock,
    ) -> Option<Duration> {
        if !matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504) {
            return None;
        }
        let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let Some(asked) = asked.and_then(|text| wait(text.trim(), clock.now())) else {
            return Some(self.pause(turn));
        };
        (asked <= self.pause_max).then_some(asked)
    }
}

/// `Retry-After`: seconds, or a date.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Retry, wait};

    #[test]
    fn pauses_double_and_are_bounded() {
        let retry =
            Retry { tries_max: 9, first_pause: Duration::from_secs(1), pause_max: Duration::from_secs(5) };
        let pauses: Vec<u64> = (0..5).map(|turn| retry.pause(turn).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        assert_eq!(retry.pause(u32::MAX), Duration::from_secs(5));
    }

    #[test]
    fn servers_ask_in_seconds_or_by_date() {
        let now = "2026-11-28T00:00:00Z".parse().unwrap();
        assert_eq!(wait("7", now), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sat, 28 Nov 2026 00:00:09 GMT", now), Some(Duration::from_secs(9)));
        assert_eq!(wait("Fri, 27 Nov 2026 00:00:09 GMT", now), Some(Duration::ZERO));
        assert_eq!(wait("soon", now), None);
    }
}
