//! The work queue: each key at most once in the queue and never twice at work, as client-go's workqueue.
//!
//! Pure over the time it is given; the harness owns the timers.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use amethyst_clock::Entropy;
use tokio::time::Instant;

use crate::cluster::ObjectKey;

/// The delay after the first failure, doubled for each further one: Flux's own limits.
const BACKOFF_MIN: Duration = Duration::from_millis(750);
/// The longest delay after failures.
const BACKOFF_MAX: Duration = Duration::from_mins(15);

/// Keys that wait, run, or come again later.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    ready: VecDeque<ObjectKey>,
    queued: HashSet<ObjectKey>,
    running: HashSet<ObjectKey>,
    /// Woken while they ran: they run once more.
    again: HashSet<ObjectKey>,
    later: BTreeSet<(Instant, ObjectKey)>,
    due: HashMap<ObjectKey, Instant>,
    failures: HashMap<ObjectKey, u32>,
}

impl Queue {
    /// Wants `key` to run as soon as there is room.
    pub(crate) fn wake(&mut self, key: ObjectKey) {
        if self.running.contains(&key) {
            self.again.insert(key);
        } else if self.queued.insert(key.clone()) {
            self.ready.push_back(key);
        }
    }

    /// Wants `key` to run at `at`, in place of any earlier wish of this kind.
    pub(crate) fn wake_at(&mut self, key: &ObjectKey, at: Instant) {
        if let Some(before) = self.due.insert(key.clone(), at) {
            self.later.remove(&(before, key.clone()));
        }
        self.later.insert((at, key.clone()));
    }

    /// Takes the next key that may run at `now`.
    pub(crate) fn next(&mut self, now: Instant) -> Option<ObjectKey> {
        while let Some((at, key)) = self.later.first().cloned().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, key.clone()));
            self.due.remove(&key);
            self.wake(key);
        }
        let key = self.ready.pop_front()?;
        self.queued.remove(&key);
        self.running.insert(key.clone());
        Some(key)
    }

    /// When the next key becomes due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.later.first().map(|(at, _)| *at)
    }

    /// Ends a run.
    pub(crate) fn done(&mut self, key: &ObjectKey) {
        self.running.remove(key);
        if self.again.remove(key) {
            self.wake(key.clone());
        }
    }

    /// Forgets failures and timers of a key.
    pub(crate) fn settle(&mut self, key: &ObjectKey) {
        self.failures.remove(key);
        if let Some(at) = self.due.remove(key) {
            self.later.remove(&(at, key.clone()));
        }
    }

    /// How long to wait after one more failure: doubled each time, and a tenth of it up to chance, so
    /// that what failed together does not come back together.
    pub(crate) fn backoff(&mut self, key: &ObjectKey, entropy: &Entropy) -> Duration {
        let failures = self.failures.entry(key.clone()).or_default();
        let delay = BACKOFF_MIN.saturating_mul(1 << (*failures).min(20)).min(BACKOFF_MAX);
        *failures += 1;
        delay.mul_f64(1.0 + (entropy.u64() % 1000) as f64 / 10_000.0)
    }

    /// How many wait and how many run.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.ready.len(), self.running.len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use amethyst_clock::Entropy;
    use tokio::time::Instant;

    use super::Queue;
    use crate::cluster::ObjectKey;

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new("ns", name)
    }

    #[test]
    fn a_key_is_queued_once_and_runs_once_at_a_time() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for name in ["a", "b", "a", "a"] {
            queue.wake(key(name));
        }
        assert_eq!(
            (queue.next(now), queue.next(now), queue.next(now)),
            (Some(key("a")), Some(key("b")), None)
        );
        queue.wake(key("a"));
        assert_eq!(queue.next(now), None, "it runs already");
        queue.done(&key("a"));
        assert_eq!(queue.next(now), Some(key("a")), "what woke it meanwhile is not lost");
        queue.done(&key("a"));
        assert_eq!(queue.next(now), None);
    }

    #[test]
    fn a_later_wish_replaces_an_earlier_one() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.wake_at(&key("a"), now + Duration::from_secs(1));
        queue.wake_at(&key("a"), now + Duration::from_secs(5));
        assert_eq!(queue.next(now + Duration::from_secs(2)), None);
        assert_eq!(queue.next_due(), Some(now + Duration::from_secs(5)));
        assert_eq!(queue.next(now + Duration::from_secs(5)), Some(key("a")));
        queue.done(&key("a"));
        queue.wake_at(&key("a"), now);
        queue.settle(&key("a"));
        assert_eq!(queue.next(now), None);
    }

    #[test]
    fn failures_double_the_delay_up_to_a_limit() {
        let (mut queue, entropy) = (Queue::default(), Entropy::seeded(1));
        let delays: Vec<_> = (0..30).map(|_| queue.backoff(&key("a"), &entropy)).collect();
        assert!(delays[0] >= Duration::from_millis(750) && delays[0] < Duration::from_millis(830));
        assert!(delays[1] >= Duration::from_millis(1500) && delays[2] >= Duration::from_secs(3));
        assert!(delays.iter().all(|delay| *delay < Duration::from_secs(1000)));
        queue.settle(&key("a"));
        assert!(queue.backoff(&key("a"), &entropy) < Duration::from_secs(1));
    }
}
