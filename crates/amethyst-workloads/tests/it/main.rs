//! The controllers against the real server.

mod endpoints;
mod others;
mod world;
