//! Time and randomness: the only doors to both.
//!
//! `Clock::now` is an epoch plus tokio's `Instant`, so on a paused current-thread runtime every timer,
//! kube-runtime's included, and every timestamp runs in virtual time. Nothing else in the product reads
//! another clock or source of randomness (`clippy.toml` closes those doors).

mod entropy;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

pub use entropy::Entropy;

/// Tells the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock {
    epoch: Timestamp,
    start: Instant,
}

impl Clock {
    /// The machine's time, from now on advanced by tokio's clock. Must be called inside a tokio runtime
    /// when that runtime's time is paused.
    #[expect(clippy::disallowed_methods, reason = "this is the one door to the machine's clock")]
    pub fn system() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let epoch = Timestamp::from_nanosecond(i128::try_from(since.as_nanos()).unwrap_or(0))
            .unwrap_or(Timestamp::UNIX_EPOCH);
        Self::at(epoch)
    }

    /// A clock that starts at `epoch`.
    pub fn at(epoch: Timestamp) -> Self {
        Self { epoch, start: Instant::now() }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.epoch.checked_add(self.start.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// The time now in whole seconds as Kubernetes writes it in `metav1.Time`: `2026-11-24T02:37:00Z`.
    pub fn now_rfc3339(&self) -> String {
        rfc3339_seconds(self.now())
    }

    /// A point on the monotone clock, for measuring how long something took.
    pub fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Sleeps in this clock's time.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Formats whole seconds as `metav1.Time` does.
pub fn rfc3339_seconds(at: Timestamp) -> String {
    jiff::fmt::strtime::format("%Y-%m-%dT%H:%M:%SZ", at).unwrap_or_default()
}

/// Formats microseconds as `metav1.MicroTime` does.
pub fn rfc3339_micros(at: Timestamp) -> String {
    let micros = at.subsec_nanosecond().unsigned_abs() / 1000;
    format!("{}.{micros:06}Z", jiff::fmt::strtime::format("%Y-%m-%dT%H:%M:%S", at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, Entropy, rfc3339_micros, rfc3339_seconds};

    #[tokio::test(start_paused = true)]
    async fn a_paused_runtime_is_virtual_time() {
        let clock = Clock::at("2026-01-02T03:04:05Z".parse().unwrap());
        clock.sleep(Duration::from_hours(1)).await;
        assert_eq!(clock.now_rfc3339(), "2026-01-02T04:04:05Z");
    }

    #[test]
    fn times_are_spelled_as_metav1_spells_them() {
        let at = "2026-01-02T03:04:05.000678901Z".parse().unwrap();
        assert_eq!(rfc3339_seconds(at), "2026-01-02T03:04:05Z");
        assert_eq!(rfc3339_micros(at), "2026-01-02T03:04:05.000678Z");
    }

    #[test]
    fn seeded_entropy_repeats_itself() {
        let (a, b) = (Entropy::seeded(7), Entropy::seeded(7));
        assert_eq!(a.uuid(), b.uuid());
        assert_ne!(a.uuid(), a.uuid());
        assert_eq!(a.name_suffix().len(), 5);
        assert_ne!(Entropy::system().uuid(), Entropy::system().uuid());
    }
}
