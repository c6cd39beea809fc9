//! A [`Diff`](crate::Diff) as text, for people and for programs.

mod body;
pub(crate) mod html;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod scalar;
mod words;

#[cfg(test)]
mod tests;
