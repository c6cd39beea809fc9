//! `amethyst reset`: deletes the state of a homelab on this machine.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::arguments::Reset;
use crate::output;
use crate::settings::locate;

/// Asks, then deletes the state folder; a folder in use is left alone.
pub(super) fn run(arguments: &Reset) -> anyhow::Result<ExitCode> {
    let located = locate(&arguments.place)?;
    let folder = &located.data_dir;
    if !folder.exists() {
        output::note(&format!("nothing to reset: `{}` does not exist", folder.display()));
        return Ok(ExitCode::SUCCESS);
    }
    if !folder.join("store/FORMAT").exists() {
        bail!(
            "`{}` does not look like the state of a homelab: it holds no store\nhint: delete it by hand if it is yours",
            folder.display()
        );
    }
    drop(amethyst_assembly::lock_state(folder)?);
    if !arguments.yes && !confirmed(&folder.display().to_string())? {
        output::note("nothing was deleted");
        return Ok(ExitCode::from(output::FAULTS));
    }
    let lock = amethyst_assembly::lock_state(folder)?;
    std::fs::remove_dir_all(folder).with_context(|| format!("failed to delete `{}`", folder.display()))?;
    drop(lock);
    output::note(&format!("deleted `{}`", folder.display()));
    Ok(ExitCode::SUCCESS)
}

fn confirmed(folder: &str) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        bail!("`amethyst reset` asks before it deletes, and nobody is here to answer\nhint: pass `--yes`");
    }
    output::note(&format!("This deletes everything that is stored in `{folder}`. Type `yes` to go on:"));
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
