//! What is told of small pairs of objects.

mod dangers;
mod fields;
mod laws;
mod objects;
