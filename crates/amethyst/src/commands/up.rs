//! `amethyst up`: runs the homelab of a repository.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

use amethyst_assembly::{
    AuditSettings, ClaimMapping, Encryption, Homelab, LogOptions, OidcIssuer, ServiceAccounts, Settings,
    builtin,
};
use amethyst_diag::Location;
use amethyst_object::ObjectId;
use amethyst_render::repository::{Cache, NoCharts};
use amethyst_render::{Subject, entry, homelab};
use amethyst_source::{LocalGit, Resolved};
use amethyst_store::CommitError;
use anyhow::{Context, anyhow, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::arguments::{Report as Printed, Up};
use crate::output;
use crate::settings::{Located, duration, locate};
use report::Report;

/// After everything is Ready, this long without a change makes the summary.
const SETTLED: Duration = Duration::from_millis(500);

/// A failure is told when it has lasted this long: a source that is not there yet is none.
const DOUBTED: Duration = Duration::from_secs(1);

/// Runs the homelab until it is told to stop, or until it is Ready.
pub(super) fn run(arguments: &Up) -> anyhow::Result<ExitCode> {
    let builtins = match arguments.builtins.as_deref().map(builtin::parse) {
        Some(Ok(builtins)) => Some(builtins),
        Some(Err(unknown)) => {
            output::note(&format!("error: `{unknown}` is no component that this version serves"));
            output::note(&format!("hint: `--builtins none`, or some of: {}", builtin::ALL.join(", ")));
            return Ok(ExitCode::from(output::USAGE));
        }
        None => None,
    };
    let Ok(timeout) = duration(&arguments.timeout) else {
        output::note(&format!("error: `--timeout {}` is no duration", arguments.timeout));
        output::note("hint: write it as `90s`, `5m` or `1h30m`");
        return Ok(ExitCode::from(output::USAGE));
    };
    let located = locate(&arguments.place)?;
    output::diagnostics(&located.faults, Printed::Human)?;
    if located.faults.iter().any(amethyst_diag::Diagnostic::is_error) {
        return Ok(ExitCode::from(output::FAULTS));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start")?;
    runtime.block_on(up(arguments, &located, builtins, timeout))
}

async fn up(
    arguments: &Up,
    located: &Located,
    builtins: Option<BTreeSet<String>>,
    timeout: Duration,
) -> anyhow::Result<ExitCode> {
    let repository = LocalGit::open(&located.repository)?;
    let head = repository.head().map_err(|error| {
        anyhow!("{error}\nhint: Amethyst runs what is committed: `git add --all && git commit`")
    })?;
    let wanted = arguments.entry.as_deref().or(located.homelab.entry.as_deref());
    let entry = match entry::find(&head.tree, wanted) {
        Ok(entry) => entry,
        Err(fault) => {
            output::diagnostics(&[*fault], Printed::Human)?;
            return Ok(ExitCode::from(output::FAULTS));
        }
    };
    let all = || builtin::ALL.iter().map(|name| (*name).to_owned()).collect();
    let builtins = match (builtins, &located.homelab.builtins) {
        (Some(builtins), _) => builtins,
        (None, Some(names)) => chosen(names)?,
        (None, None) => all(),
    };
    let kubeconfig = arguments.kubeconfig.clone().unwrap_or_else(|| located.data_dir.join("kubeconfig"));
    // Absolute, because the line that names it is pasted into another shell.
    let kubeconfig = std::path::absolute(&kubeconfig)
        .with_context(|| format!("failed to use `{}`", kubeconfig.display()))?;
    let settings = Settings {
        name: located.name.clone(),
        data_dir: Some(located.data_dir.clone()),
        listen: Some(arguments.listen),
        kubeconfig: Some(kubeconfig),
        repository,
        entry,
        builtins,
        devices: located.homelab.devices.clone(),
        service_accounts: service_accounts(located)?,
        issuers: located.homelab.issuers.iter().map(issuer).collect(),
        encryption: Encryption {
            passphrase_file: arguments.passphrase_file.clone(),
            rotate: arguments.rotate_key,
        },
        audit: audit(arguments, located),
    };
    let mut homelab = Homelab::start(&settings).await?;
    let report = Report::new(arguments.format.output);
    report.started(&homelab, &settings, &head);
    let ended = match homelab.follow(&settings).await {
        Ok(()) => follow(arguments, &homelab, &settings, timeout, report).await,
        Err(error) => Err(error.into()),
    };
    homelab.stop().await;
    ended
}

/// An issuer as the server takes it.
fn issuer(given: &homelab::Issuer) -> OidcIssuer {
    let mapping = |mapping: &homelab::ClaimMapping| ClaimMapping {
        claim: mapping.claim.clone(),
        prefix: mapping.prefix.clone(),
    };
    OidcIssuer {
        url: given.url.clone(),
        discovery_url: given.discovery_url.clone(),
        authority_pem: given.authority_pem.clone(),
        audiences: given.audiences.clone(),
        username: mapping(&given.username),
        groups: given.groups.as_ref().map(mapping),
        uid_claim: given.uid_claim.clone(),
        required: given.required.clone(),
    }
}

/// What is told of requests: by the flag, else by `amethyst.yaml`.
fn audit(arguments: &Up, located: &Located) -> Option<AuditSettings> {
    let said = located.homelab.audit.clone();
    let policy = match (&arguments.audit_policy_file, &said) {
        (Some(file), _) => file.clone(),
        (None, Some(audit)) => located.repository.join(&audit.policy),
        (None, None) => return None,
    };
    let said = said.unwrap_or_default();
    // A log of the repository's would be committed with it; it lies with the state unless somebody says otherwise.
    let mut log = LogOptions::new(located.data_dir.join(said.log.as_deref().unwrap_or("audit.log")));
    if let Some(megabytes) = said.max_size_megabytes {
        log.size_bytes_max = megabytes.saturating_mul(1 << 20);
    }
    if let Some(count) = said.max_backups {
        log.old_files_max = usize::try_from(count).unwrap_or(usize::MAX);
    }
    Some(AuditSettings { policy, log })
}

/// Reads the keys that `amethyst.yaml` names; their files lie in the repository or anywhere else.
fn service_accounts(located: &Located) -> anyhow::Result<ServiceAccounts> {
    let read = |file: &String| {
        let path = located.repository.join(file);
        std::fs::read_to_string(&path).with_context(|| format!("failed to read the key `{}`", path.display()))
    };
    let given = &located.homelab.service_accounts;
    Ok(ServiceAccounts {
        issuers: given.issuers.clone(),
        key_pem: given.key.as_ref().map(read).transpose()?,
        verification_pems: given.verification_keys.iter().map(read).collect::<Result<_, _>>()?,
        jwks_uri: given.jwks_uri.clone(),
    })
}

fn chosen(names: &BTreeSet<String>) -> anyhow::Result<BTreeSet<String>> {
    builtin::parse(&names.iter().cloned().collect::<Vec<_>>().join(",")).map_err(|unknown| {
        anyhow!(
            "`amethyst.yaml` names the component `{unknown}`, which this version does not serve\nhint: `spec.builtins` may hold: {}",
            builtin::ALL.join(", ")
        )
    })
}

async fn follow(
    arguments: &Up,
    homelab: &Homelab,
    settings: &Settings,
    timeout: Duration,
    mut report: Report,
) -> anyhow::Result<ExitCode> {
    let mut interrupted = signal(SignalKind::interrupt()).context("failed to listen for signals")?;
    let mut terminated = signal(SignalKind::terminate()).context("failed to listen for signals")?;
    let mut trouble = homelab.store().trouble();
    if settings.builtins.is_empty() {
        if arguments.until_ready {
            bail!(
                "nothing syncs with `--builtins none`, so nothing becomes Ready\nhint: leave out `--until-ready`"
            );
        }
        loop {
            tokio::select! {
                trouble = next_trouble(&mut trouble) => report.trouble(trouble.as_ref()),
                _ = interrupted.recv() => break,
                _ = terminated.recv() => break,
            }
        }
        report.stopping();
        return Ok(ExitCode::SUCCESS);
    }
    let mut progress = homelab.progress();
    let deadline = tokio::time::Instant::now() + timeout;
    let (mut settled, mut doubted) = (None, None);
    loop {
        tokio::select! {
            (rows, summary) = progress.next() => {
                let now = tokio::time::Instant::now();
                report.changed(&rows, summary);
                doubted = report.doubts().then(|| now + DOUBTED);
                settled = summary.is_ready().then(|| now + SETTLED);
            }
            trouble = next_trouble(&mut trouble) => report.trouble(trouble.as_ref()),
            () = sleep_until(doubted) => {
                doubted = None;
                report.failed(&progress.look().await, &declared(settings).await);
            }
            () = sleep_until(settled) => {
                settled = None;
                report.ready(&progress.look().await);
                if arguments.until_ready {
                    return Ok(ExitCode::SUCCESS);
                }
            }
            () = tokio::time::sleep_until(deadline), if arguments.until_ready => {
                report.not_ready(&progress.look().await, &declared(settings).await, timeout);
                return Ok(ExitCode::from(output::FAULTS));
            }
            _ = interrupted.recv() => break,
            _ = terminated.recv() => break,
        }
    }
    report.stopping();
    Ok(ExitCode::SUCCESS)
}

/// Where the commit that is checked out declares each object, and where in it the fault is if a check finds
/// one; nothing where that cannot be told.
async fn declared(settings: &Settings) -> BTreeMap<ObjectId, Location> {
    let (repository, entry) = (settings.repository.clone(), settings.entry.file.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let head = repository.head().ok()?;
        let cache = Cache::new(0);
        Some(amethyst_render::check(&Subject {
            tree: &head.tree,
            entry: Some(&entry),
            definitions: &amethyst_gitops::definitions(),
            kubernetes_version: super::rendering::KUBERNETES_VERSION,
            charts: &NoCharts,
            schemas: None,
            cache: &cache,
        }))
    });
    let Some(checked) = looked.await.ok().flatten() else { return BTreeMap::new() };
    let mut declared = checked.declared;
    for fault in checked.diagnostics.into_iter().rev().filter(amethyst_diag::Diagnostic::is_error) {
        let Some((object, place)) = fault.object.zip(fault.location) else { continue };
        let found = declared.iter_mut().find(|(id, _)| id.to_string() == object);
        if let Some((_, known)) = found.filter(|(_, known)| known.file == place.file && place.line > 0) {
            *known = place;
        }
    }
    declared
}

/// What keeps the store from writing, once that has changed.
async fn next_trouble(trouble: &mut watch::Receiver<Option<CommitError>>) -> Option<CommitError> {
    match trouble.changed().await {
        Ok(()) => trouble.borrow_and_update().clone(),
        // The store is gone: nothing more will change.
        Err(_) => std::future::pending().await,
    }
}

async fn sleep_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The first seven digits of a commit, as git shows it.
fn short(head: &Resolved) -> &str {
    head.commit.get(..7).unwrap_or(&head.commit)
}
