//! What the command line means: paths found, names resolved, durations read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use amethyst_diag::Diagnostic;
use amethyst_render::homelab::{self, Homelab};
use anyhow::{Context, anyhow};

use crate::arguments::Place;
use crate::environment;

/// A homelab on this machine.
#[derive(Debug)]
pub(crate) struct Located {
    /// The root of the repository.
    pub(crate) repository: PathBuf,
    /// Its name.
    pub(crate) name: String,
    /// Where its state is kept.
    pub(crate) data_dir: PathBuf,
    /// What `amethyst.yaml` says.
    pub(crate) homelab: Homelab,
    /// What is wrong with `amethyst.yaml`.
    pub(crate) faults: Vec<Diagnostic>,
}

/// Finds the repository around `place` and where its state lies.
pub(crate) fn locate(place: &Place) -> anyhow::Result<Located> {
    let repository = repository(&place.path)?;
    let file = repository.join(homelab::FILE);
    let (homelab, faults) = match std::fs::read_to_string(&file) {
        Ok(text) => homelab::parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Homelab::default(), Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("failed to read `{}`", file.display())),
    };
    let folder = repository.file_name().and_then(|name| name.to_str()).unwrap_or("homelab");
    let name = homelab.name.clone().unwrap_or_else(|| file_name(folder));
    let data_dir = match &place.data_dir {
        // Absolute, because it ends up in a line that is pasted into another shell.
        Some(folder) => std::path::absolute(folder).with_context(|| format!("failed to use `{}`", folder.display()))?,
        None => environment::state_home(rustix::process::geteuid().is_root())
            .ok_or_else(|| anyhow!("no place to keep state: neither XDG_STATE_HOME nor HOME is set\nhint: pass `--data-dir DIR`"))?
            .join(&name),
    };
    Ok(Located { repository, name, data_dir, homelab, faults })
}

/// The folder with `.git` at or above `path`.
pub(crate) fn repository(path: &Path) -> anyhow::Result<PathBuf> {
    let start = path.canonicalize().with_context(|| {
        format!(
            "failed to find `{}`\nhint: `--path DIR` names the folder of a homelab's repository",
            path.display()
        )
    })?;
    let found = start.ancestors().find(|folder| folder.join(".git").exists());
    found.map(Path::to_owned).ok_or_else(|| {
        anyhow!(
            "`{}` lies in no Git repository\nhint: run `git init`, commit your files, or pass `--path DIR`",
            start.display()
        )
    })
}

/// A name that is fit for a folder and for a kubeconfig's context.
fn file_name(name: &str) -> String {
    let fit = |char: char| {
        if char.is_ascii_alphanumeric() || matches!(char, '-' | '.') {
            char.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(fit).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "homelab".to_owned() } else { name.to_owned() }
}

/// Reads `90s`, `5m`, `1h30m`.
pub(crate) fn duration(text: &str) -> anyhow::Result<Duration> {
    let wrong = || anyhow!("`{text}` is no duration\nhint: write it as `90s`, `5m` or `1h30m`");
    let (mut total, mut digits) = (0_u64, String::new());
    for char in text.chars() {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        let unit = match char {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(wrong()),
        };
        let count: u64 = digits.parse().map_err(|_| wrong())?;
        total = count.checked_mul(unit).and_then(|more| total.checked_add(more)).ok_or_else(wrong)?;
        digits.clear();
    }
    if digits.is_empty() && !text.is_empty() { Ok(Duration::from_secs(total)) } else { Err(wrong()) }
}

/// Reads `500MiB`, `2GiB`, `1000000`.
pub(crate) fn size(text: &str) -> anyhow::Result<u64> {
    let wrong = || anyhow!("`{text}` is no size\nhint: write it as `500MiB` or `2GiB`");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, file_name, size};

    #[test]
    fn durations_are_spelled_as_go_spells_them() {
        assert_eq!(duration("1h30m5s").unwrap(), Duration::from_secs(5405));
        for wrong in ["", "5", "m", "5d", "-1s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("2GiB").unwrap(), 2 << 30);
        assert_eq!(size("17").unwrap(), 17);
        for wrong in ["", "GiB", "2GB", "-1", "99999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_fit_for_folders() {
        assert_eq!(file_name("My Home_ops"), "my-home-ops");
        assert_eq!(file_name("..."), "homelab");
    }
}
