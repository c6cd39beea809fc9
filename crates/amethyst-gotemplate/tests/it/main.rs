//! What templates give, as Go gives it.

mod bounds;
mod cases;
mod exec;
mod laws;
mod support;
mod values;
