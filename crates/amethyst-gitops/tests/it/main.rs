//! Flux's behaviour against the real API server in process: Git in, objects out.

mod apply;
mod dependencies;
mod health;
mod source;
mod walk;
mod world;
