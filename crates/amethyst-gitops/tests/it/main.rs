//! Flux's behaviour against the real API server in process: Git in, objects out.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod apply;
mod dependencies;
mod health;
mod source;
mod unchanged;
mod walk;
mod world;
