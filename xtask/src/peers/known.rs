//! The differences that are known, each with its reason, and the table of what came out.
//!
//! The list is `peers/known-differences.txt`. It only shrinks: an entry whose case came out equal is told, too.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};

use super::tally::{Tally, say};

/// Where the list lies.
pub(super) const FILE: &str = "peers/known-differences.txt";
/// How many of the differences that nobody knows are shown for each proof.
const SHOWN_MAX: usize = 20;

/// Reasons by proof and name.
struct Known(BTreeMap<(String, String), String>);

impl Known {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))?;
        Self::parse(&text).with_context(|| format!("in `{}`", path.display()))
    }

    /// `[PROOF]`, then lines `NAME -- REASON`.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (mut reasons, mut proof) = (BTreeMap::new(), None);
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                proof = Some(name.to_owned());
                continue;
            }
            let (Some(proof), Some((name, reason))) = (&proof, line.split_once(" -- ")) else {
                bail!("line {}: expected `NAME -- REASON` below a `[PROOF]`", number + 1);
            };
            reasons.insert((proof.clone(), name.trim().to_owned()), reason.trim().to_owned());
        }
        Ok(Self(reasons))
    }

    fn reason(&self, proof: &str, name: &str) -> Option<&str> {
        self.0.get(&(proof.to_owned(), name.to_owned())).map(String::as_str)
    }
}

/// Prints the table; fails if something differs that is not known, or no longer differs, or did not run.
pub(super) fn report(tallies: &[Tally]) -> anyhow::Result<()> {
    let known = Known::read(&crate::root()?.join(FILE))?;
    let (mut unlisted, mut stale, mut broken) = (0, 0, 0);
    for tally in tallies {
        let mut shown = 0;
        for (what, case) in tally.unequal() {
            if let Some(reason) = known.reason(tally.proof, &case.name) {
                say(&format!("known: {} {}: {reason}", tally.proof, case.name));
            } else {
                unlisted += 1;
                shown += 1;
                if shown <= SHOWN_MAX {
                    say(&format!("{what}: {}, {}: {}: {}", tally.proof, tally.corpus, case.name, case.why));
                }
            }
        }
        if shown > SHOWN_MAX {
            say(&format!("... and {} more of {}", shown - SHOWN_MAX, tally.proof));
        }
        for name in tally.equal_names.iter().filter(|name| known.reason(tally.proof, name).is_some()) {
            stale += 1;
            say(&format!("no longer different, remove from {FILE}: [{}] {name}", tally.proof));
        }
        if let Some(why) = &tally.broken {
            broken += 1;
            say(&format!("did not run to its end: {}, {}: {why}", tally.proof, tally.corpus));
        }
    }
    table(tallies, &known);
    let mut faults = Vec::new();
    for (count, what) in [
        (unlisted, "cases differ that the list does not know"),
        (stale, "entries of the list differ no longer"),
        (broken, "proofs did not run to their end"),
    ] {
        if count > 0 {
            faults.push(format!("{count} {what}"));
        }
    }
    if !faults.is_empty() {
        bail!("{}\nhint: the list of known differences is `{FILE}`", faults.join(", "));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
fn table(tallies: &[Tally], known: &Known) {
    println!(
        "| proof | corpus | equal | different | refused | of these known | not counted | took | remarks |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let row = |proof: &str, corpus: &str, counts: [usize; 5], seconds: f64, remarks: &str| {
        let [equal, different, refused, listed, outside] = counts;
        println!(
            "| {proof} | {corpus} | {equal} | {different} | {refused} | {listed} | {outside} | {seconds:.1} s | {remarks} |"
        );
    };
    let mut all = [0; 5];
    let mut seconds = 0.0;
    for tally in tallies {
        let listed =
            tally.unequal().filter(|(_, case)| known.reason(tally.proof, &case.name).is_some()).count();
        let counts = [tally.equal, tally.different.len(), tally.refused.len(), listed, tally.outside.len()];
        let remark = |(remark, count): (&String, &usize)| match count {
            0 => remark.clone(),
            count => format!("{count} {remark}"),
        };
        let remarks = tally.remarks.iter().map(remark);
        let broken = tally.broken.as_ref().map(|_| "**did not run to its end**".to_owned());
        let remarks = broken.into_iter().chain(remarks).collect::<Vec<_>>().join("; ");
        row(tally.proof, &tally.corpus, counts, tally.took.as_secs_f64(), &remarks);
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
        seconds += tally.took.as_secs_f64();
    }
    if tallies.len() > 1 {
        row("all", "", all, seconds, "");
    }
}

#[cfg(test)]
mod tests {
    use super::Known;

    #[test]
    fn a_list_is_read_by_proof() {
        let known =
            Known::parse("# why\n[krusty]\nTestA-1 -- it climbs\n\n[helm template]\na (b) -- c -- d\n");
        let known = known.unwrap();
        assert_eq!(known.reason("krusty", "TestA-1"), Some("it climbs"));
        assert_eq!(known.reason("helm template", "a (b)"), Some("c -- d"));
        assert_eq!(known.reason("krusty", "a (b)"), None);
        assert!(Known::parse("TestA-1 -- it climbs").is_err());
        assert!(Known::parse("[krusty]\nTestA-1 it climbs").is_err());
    }
}
