//! `cargo xtask fuzz TARGET`: runs a fuzz target of `fuzz/` for some seconds.
//!
//! The targets are those of cargo-fuzz, which works with them too. Here they are built by the stable compiler
//! with coverage but without a sanitizer, which only the nightly one has; limits on memory and time hold.
//! Inputs that lead somewhere new are kept in `fuzz/work`, small ones worth keeping belong in `fuzz/corpus`.

use std::process::Command;

use anyhow::{Context, bail};

/// How `fuzz` is called.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which target: the name of a file in `fuzz/fuzz_targets`; all of them without one
    target: Option<String>,
    /// How long each of them runs
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
const MEMORY_MB_MAX: u32 = 1024;
const INPUT_SECONDS_MAX: u32 = 10;
const INPUT_BYTES_MAX: u32 = 64 << 10;

/// Runs the target, or all of them one after the other.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = crate::root()?.join("fuzz");
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(folder.join("fuzz_targets"))? {
        let path = entry?.path();
        targets.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
    }
    targets.sort();
    if let Some(wanted) = &arguments.target {
        if !targets.contains(wanted) {
            bail!("no fuzz target is called `{wanted}`\nhint: one of {}", targets.join(", "));
        }
        targets = vec![wanted.clone()];
    }
    let host = host()?;
    for target in targets {
        let (work, artifacts) = (folder.join("work").join(&target), folder.join("artifacts").join(&target));
        std::fs::create_dir_all(&work)?;
        std::fs::create_dir_all(&artifacts)?;
        let status = crate::cargo()
            .current_dir(&folder)
            .env("RUSTFLAGS", FLAGS)
            .args(["run", "--quiet", "--release", "--target", &host, "--bin", &target, "--"])
            .arg(&work)
            .arg(folder.join("corpus").join(&target))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(format!("-max_total_time={}", arguments.seconds))
            .arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"))
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-max_len={INPUT_BYTES_MAX}"))
            .arg("-print_final_stats=1")
            .status()
            .context("failed to run `cargo`")?;
        if !status.success() {
            bail!(
                "`{target}` found a fault: it ended with {status}\nhint: the input lies in `{}`",
                artifacts.display()
            );
        }
    }
    Ok(())
}

/// The machine that is compiled for, as the compiler spells it. Naming it keeps the flags from build scripts.
fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("failed to run `rustc`")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("expected `rustc -vV` to tell its host")
}
