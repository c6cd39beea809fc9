//! What the kernel says of a process, and how one is ended.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

/// How long a server may take to end.
const END_WITHIN: Duration = Duration::from_secs(30);
/// The kernel counts processor time in hundredths of a second on every machine that Linux supports today.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process of ours, which ends with this value at the latest.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program; what it says goes to `log`.
    pub(crate) fn start(command: &mut Command, log: &std::path::Path) -> anyhow::Result<Self> {
        let file =
            std::fs::File::create(log).with_context(|| format!("failed to write `{}`", log.display()))?;
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn();
        let child = child.with_context(|| format!("failed to run `{}`", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The memory it holds now, in bytes.
    pub(crate) fn memory_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    /// The processor time it has used, in seconds.
    pub(crate) fn processor_seconds(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
        // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
        let (_, rest) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks: u64 = ticks.sum::<Result<_, _>>()?;
        Ok(ticks as f64 / TICKS_PER_SECOND)
    }

    /// Tells it to end, and waits for it.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        Command::new("kill").arg(self.pid().to_string()).status()?;
        let began = now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > END_WITHIN {
                self.child.kill()?;
                self.child.wait()?;
                anyhow::bail!("a server did not end within {} s", END_WITHIN.as_secs());
            }
            pause(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Only a run that failed comes here with the process alive; its state is thrown away.
        if !self.has_ended() && self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

/// How many processes have wanted to run at once in the last minute.
pub(crate) fn load_average() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().context("no load average")?.parse()?)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures by the machine's own clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench lets time pass, and looks at processes that tell nobody"
)]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}
