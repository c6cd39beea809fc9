//! Tests: stories of appliers and updaters of one object, after structured-merge-diff's and the field
//! manager's own.

mod cases;
mod laws;
mod lists;
mod owners;
mod requests;
mod story;
