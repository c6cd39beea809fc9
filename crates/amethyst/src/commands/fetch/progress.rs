//! How far the downloads are: a line that is written anew on a terminal, one line for each that ends elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_source::{ChartError, ChartRequest, FetchProgress, Fetched, Origin};

use crate::output;

/// How many bytes must come before the line is written anew.
const STEP_BYTES: u64 = 256 << 10;

/// What is told of some requests.
pub(super) struct Told {
    inner: Arc<Inner>,
    /// The number of the first request that this part is told about.
    from: usize,
}

struct Inner {
    names: Vec<String>,
    is_terminal: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: usize,
    bytes: u64,
    shown_bytes: u64,
}

impl Told {
    pub(super) fn new<'a>(requests: impl Iterator<Item = &'a ChartRequest>) -> Self {
        let inner = Inner {
            names: requests.map(|request| request.source.to_string()).collect(),
            is_terminal: std::io::stderr().is_terminal(),
            state: Mutex::default(),
        };
        Self { inner: Arc::new(inner), from: 0 }
    }

    /// The part from this request on, counted from 0 for those who tell it.
    pub(super) fn from(&self, from: usize) -> Self {
        Self { inner: Arc::clone(&self.inner), from }
    }

    /// Takes the line away; gives how many bytes came.
    pub(super) fn end(&self) -> u64 {
        self.inner.clear();
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

impl Inner {
    fn clear(&self) {
        if self.is_terminal {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
        }
    }

    fn draw(&self, state: &State) {
        if self.is_terminal {
            let (done, all, came) = (state.done, self.names.len(), bytes(state.bytes));
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K{done} of {all}, {came}");
        }
    }
}

impl FetchProgress for Told {
    fn started(&self, _request: usize, _total_bytes: Option<u64>) {}

    fn advanced(&self, _request: usize, bytes: u64) {
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.bytes += bytes;
        if state.bytes - state.shown_bytes >= STEP_BYTES {
            state.shown_bytes = state.bytes;
            self.inner.draw(&state);
        }
    }

    fn finished(&self, request: usize, outcome: Result<&Fetched, &ChartError>) {
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += 1;
        let name = self.inner.names.get(self.from + request).map_or("", String::as_str);
        let line = match outcome {
            Ok(fetched) if fetched.origin == Origin::Network => {
                let version = if name.contains(&fetched.version) { "" } else { &fetched.version };
                let space = if version.is_empty() { "" } else { " " };
                Some(format!("fetched {name}{space}{version} ({})", bytes(fetched.size)))
            }
            Ok(_) => None,
            Err(_) => Some(format!("failed {name}")),
        };
        if let Some(line) = line {
            self.inner.clear();
            output::note(&line);
        }
        self.inner.draw(&state);
    }
}

/// So many bytes, for people.
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
pub(super) fn bytes(count: u64) -> String {
    match count {
        0..1_024 => format!("{count} B"),
        1_024..1_048_576 => format!("{:.1} KiB", count as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", count as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", count as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_are_short() {
        for (count, text) in
            [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"), (3 << 30, "3.0 GiB")]
        {
            assert_eq!(super::bytes(count), text);
        }
    }
}
