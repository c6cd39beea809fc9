//! Reports as text: for people, and for the machines that read JUnit, NUnit, XUnit, Sonar or JSON.

mod human;

pub use human::{Human, human};
