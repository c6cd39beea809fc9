//! The Pod Security Standards: what `baseline` and `restricted` forbid a pod, by version, and which of them
//! a namespace asks for.
//!
//! Pure: [`evaluate`] takes a pod's metadata and spec, [`Policy::of`] the labels of a namespace. Who refuses,
//! warns or audits by what is found is admission in the server. Matched is k8s.io/pod-security-admission
//! (`policy`, `api`) as Kubernetes 1.37 has it.

mod checks;
mod policy;

pub use checks::{Finding, Findings, evaluate};
pub use policy::{Level, LevelVersion, Policy, Version};

#[cfg(test)]
mod tests;
