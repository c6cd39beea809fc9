//! Manifests that do not go to stdout as they are: files of `--output-dir`, and post-renderers.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use amethyst_helm::{Existing, OutputFile};
use anyhow::{Context, anyhow, bail};

use crate::arguments::{HelmMajor, Template};
use crate::{environment, output};

/// Writes files below a folder, and says of each document where it went.
pub(super) fn files(folder: &Path, release: Option<&str>, files: &[OutputFile]) -> anyhow::Result<()> {
    let folder = folder.to_string_lossy();
    for file in files {
        if file.path.split('/').any(|part| part == "..") {
            bail!(
                "the chart's `{}` lies outside of the chart\nhint: correct the name of the chart",
                file.path
            );
        }
        // As Helm joins them: the lines on stdout are read by scripts.
        let path = match release.filter(|_| file.is_of_release) {
            Some(release) => format!("{}/{}", Path::new(&*folder).join(release).display(), file.path),
            None => format!("{folder}/{}", file.path),
        };
        write(Path::new(&path), file).with_context(|| format!("failed to write `{path}`"))?;
        output::data(&format!("wrote {path}"));
    }
    Ok(())
}

fn write(path: &Path, file: &OutputFile) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    match file.existing {
        Existing::Replaced => options.write(true).truncate(true),
        Existing::Kept => options.append(true),
    };
    options.create(true).open(path)?.write_all(file.text.as_bytes())
}

/// A program that manifests go through, as Helm 3 has it.
pub(super) struct PostRenderer {
    program: PathBuf,
    arguments: Vec<String>,
}

/// The post-renderer that was asked for. Helm 4 takes names of plugins, of which there are none here.
pub(super) fn post_renderer(arguments: &Template) -> anyhow::Result<Option<PostRenderer>> {
    let Some(name) = arguments.post_renderer.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    if arguments.helm == HelmMajor::V4 {
        bail!(
            "invalid argument {name:?} for \"--post-renderer\" flag: plugin: {{Name:{name} Type:postrenderer/v1}} \
             not found\nhint: Helm 4 takes the name of a plugin, which are not run here; `--helm 3` runs a program"
        );
    }
    let program = find(name).ok_or_else(|| {
        anyhow!(
            "unable to find binary at {name}\nhint: name a program that may be run, by its path or in PATH"
        )
    })?;
    Ok(Some(PostRenderer { program, arguments: arguments.post_renderer_args.clone() }))
}

/// Go's `exec.LookPath`: a name with a slash is a path, any other is looked for in `PATH`.
fn find(name: &str) -> Option<PathBuf> {
    let candidates = if name.contains('/') {
        vec![PathBuf::from(name)]
    } else {
        environment::paths().into_iter().map(|folder| folder.join(name)).collect()
    };
    candidates.into_iter().find(|path| is_executable(path)).and_then(|path| std::path::absolute(path).ok())
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

impl PostRenderer {
    /// What the program makes of manifests.
    pub(super) fn run(&self, manifests: &str) -> anyhow::Result<String> {
        let shown = self.program.display();
        let hint = "run the program by hand on what `amethyst helm template` prints without it";
        let failed = |stderr: &str, reason: &str| {
            anyhow!(
                "error while running post render on files: error while running command {shown}. error output:\n\
                 {stderr}: {reason}\nhint: {hint}"
            )
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed("", &error.to_string()))?;
        let stdin = child.stdin.take();
        let done = std::thread::scope(|scope| {
            scope.spawn(move || {
                // A program that does not read all of it is right to.
                if let Some(mut stdin) = stdin {
                    let _ = stdin.write_all(manifests.as_bytes());
                }
            });
            child.wait_with_output()
        });
        let done = done.map_err(|error| failed("", &error.to_string()))?;
        if !done.status.success() {
            let reason = match done.status.code() {
                Some(code) => format!("exit status {code}"),
                None => done.status.to_string(),
            };
            return Err(failed(&String::from_utf8_lossy(&done.stderr), &reason));
        }
        if done.stdout.iter().all(u8::is_ascii_whitespace) {
            bail!(
                "error while running post render on files: post-renderer \"{shown}\" produced empty output\nhint: {hint}"
            );
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }
}
