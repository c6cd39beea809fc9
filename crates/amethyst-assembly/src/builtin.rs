//! The components that Amethyst can serve itself: those whose controllers run in this binary.

use std::collections::BTreeSet;

/// Flux's source- and kustomize-controller.
pub const FLUX: &str = "flux";

/// All components that this version can serve.
pub const ALL: &[&str] = &[FLUX];

/// Reads what a user chose: `none`, or names separated by commas; the unknown name, if there is one.
pub fn parse(chosen: &str) -> Result<BTreeSet<String>, String> {
    if chosen == "none" {
        return Ok(BTreeSet::new());
    }
    let names = chosen.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| if ALL.contains(&name) { Ok(name.to_owned()) } else { Err(name.to_owned()) }).collect()
}

#[cfg(test)]
mod tests {
    use super::{FLUX, parse};

    #[test]
    fn builtins_are_named_or_none() {
        assert!(parse("none").unwrap().is_empty());
        assert!(parse("flux").unwrap().contains(FLUX));
        assert_eq!(parse("flux, kyverno"), Err("kyverno".to_owned()));
    }
}
