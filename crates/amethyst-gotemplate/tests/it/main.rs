//! What templates give, as Go gives it.

mod exec;
mod support;
