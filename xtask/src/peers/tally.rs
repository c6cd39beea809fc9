//! What came of a proof: how many cases are equal, different and refused, and which.
//!
//! A program that compares prints a line for each case, `VERDICT<tab>COUNT<tab>NAME<tab>WHY`; what it prints
//! besides is for people and goes on to standard error. The verdicts are `equal` (with a remark, if any, in the
//! place of the reason), `different`, `refused` (what upstream takes and ours does not) and `outside` (what is not
//! counted). That it found differences is no failure of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// One case that is not equal.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) why: String,
}

/// What came of one proof on one corpus.
pub(super) struct Tally {
    pub(super) proof: &'static str,
    pub(super) corpus: String,
    pub(super) equal: usize,
    /// What was remarked on equal ones, and how often.
    pub(super) remarks: BTreeMap<String, usize>,
    pub(super) different: Vec<Case>,
    pub(super) refused: Vec<Case>,
    pub(super) outside: Vec<Case>,
    /// Names of those that are equal.
    pub(super) equal_names: BTreeSet<String>,
    pub(super) took: Duration,
    /// Why it did not run to its end.
    pub(super) broken: Option<String>,
}

impl Tally {
    fn new(proof: &'static str, corpus: &str) -> Self {
        Self {
            proof,
            corpus: corpus.to_owned(),
            equal: 0,
            remarks: BTreeMap::new(),
            different: Vec::new(),
            refused: Vec::new(),
            outside: Vec::new(),
            equal_names: BTreeSet::new(),
            took: Duration::ZERO,
            broken: None,
        }
    }

    /// Runs a program and counts its verdicts. A program that fails, or cannot be called, makes a broken tally:
    /// the other proofs run all the same.
    #[expect(clippy::disallowed_methods, reason = "the time is told")]
    pub(super) fn run(
        proof: &'static str,
        corpus: &str,
        command: impl FnOnce() -> anyhow::Result<Command>,
    ) -> Self {
        say(&format!("== {proof}: {corpus}"));
        let mut tally = Self::new(proof, corpus);
        let started = Instant::now();
        if let Err(error) = command().and_then(|mut command| tally.count(&mut command)) {
            tally.broken = Some(format!("{error:#}"));
        }
        tally.took = started.elapsed();
        tally
    }

    fn count(&mut self, command: &mut Command) -> anyhow::Result<()> {
        let program = command.get_program().display().to_string();
        let mut child =
            command.stdout(Stdio::piped()).spawn().with_context(|| format!("failed to run `{program}`"))?;
        let output = child.stdout.take().context("its output is not piped")?;
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            if !self.add(&line) {
                say(&line);
            }
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("`{program}` ended with {status}");
        }
        Ok(())
    }

    /// Takes a line that is a verdict.
    fn add(&mut self, line: &str) -> bool {
        let mut parts = line.splitn(4, '\t');
        let (Some(verdict), Some(count), Some(name), Some(why)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Ok(count) = count.parse::<usize>() else { return false };
        let cases = match verdict {
            "equal" => {
                self.equal += count;
                if !why.is_empty() {
                    *self.remarks.entry(why.to_owned()).or_default() += count;
                }
                self.equal_names.insert(name.to_owned());
                return true;
            }
            "different" => &mut self.different,
            "refused" => &mut self.refused,
            "outside" => &mut self.outside,
            _ => return false,
        };
        cases.push(Case { name: name.to_owned(), why: why.to_owned() });
        true
    }

    /// Those that are neither equal nor outside, with what they are.
    pub(super) fn unequal(&self) -> impl Iterator<Item = (&'static str, &Case)> {
        let different = self.different.iter().map(|case| ("different", case));
        different.chain(self.refused.iter().map(|case| ("refused", case)))
    }
}

/// Says what happens; what is asked for goes elsewhere.
#[expect(clippy::print_stderr, reason = "a task tells what it does")]
pub(super) fn say(line: &str) {
    eprintln!("{line}");
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn verdicts_are_counted_and_other_lines_left() {
        let mut tally = Tally::new("helm template", "home");
        for line in
            ["equal\t1\ta\t", "equal\t3\tb\trefused by both", "different\t1\tc\tx\ty", "refused\t1\td\t"]
        {
            assert!(tally.add(line), "{line}");
        }
        for line in ["", "a line", "equal\tx\ta\t", "other\t1\ta\tb", "equal\t1\ta"] {
            assert!(!tally.add(line), "{line}");
        }
        assert_eq!(tally.equal, 4);
        assert_eq!(tally.remarks["refused by both"], 3);
        let unequal: Vec<_> = tally.unequal().map(|(what, case)| (what, case.name.as_str())).collect();
        assert_eq!(unequal, [("different", "c"), ("refused", "d")]);
        assert_eq!(tally.different[0].why, "x\ty");
    }
}
