//! One run of a program: how long it took, what it used, how much it told.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use wait4::Wait4;

/// What one run used.
#[derive(Default)]
pub(super) struct Used {
    pub(super) time: Duration,
    /// Processor time of it and of what it waited for.
    pub(super) processor: Duration,
    /// The most memory that it, or one of the programs that it ran, held at once.
    pub(super) memory_bytes: u64,
    pub(super) output_bytes: u64,
    /// Objects in its output.
    pub(super) objects: usize,
    /// How many programs ended with another code than 0.
    pub(super) failed: usize,
    /// The last line that it said on standard error.
    pub(super) said: String,
}

/// Runs a program to its end, whatever its exit code: all of them meet charts that are not there.
#[expect(clippy::disallowed_methods, reason = "times are measured")]
pub(super) fn run(command: &mut Command) -> anyhow::Result<Used> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to run `{}`", command.get_program().display()))?;
    let errors = child.stderr.take().context("its errors are not piped")?;
    let said = std::thread::spawn(move || {
        let lines = BufReader::new(errors).split(b'\n').map_while(Result::ok);
        let last = lines.filter(|line| !line.trim_ascii().is_empty()).last().unwrap_or_default();
        String::from_utf8_lossy(&last).trim().to_owned()
    });
    let mut output = Vec::new();
    child.stdout.take().context("its output is not piped")?.read_to_end(&mut output)?;
    let ended = child.wait4()?;
    let time = started.elapsed();
    Ok(Used {
        time,
        processor: ended.rusage.utime + ended.rusage.stime,
        memory_bytes: ended.rusage.maxrss,
        output_bytes: output.len() as u64,
        objects: objects(&output),
        failed: usize::from(!ended.status.success()),
        said: said.join().unwrap_or_default(),
    })
}

/// How many objects a stream of YAML holds: each has one `kind` that is not indented.
fn objects(output: &[u8]) -> usize {
    output.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"kind:")).count()
}

#[cfg(test)]
mod tests {
    use super::objects;

    #[test]
    fn an_object_is_counted_by_its_kind() {
        assert_eq!(objects(b"kind: A\nspec:\n  kind: B\n---\napiVersion: v1\nkind: C\n"), 2);
        assert_eq!(objects(b""), 0);
    }
}
