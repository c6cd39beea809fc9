//! Objects of built-in kinds, broken in a thousand ways, sent to our API server and to kube-apiserver: both
//! must refuse them with the same status, reason, causes and message.
//!
//! `cargo xtask peers kube-apiserver --run-invalid` builds the peer and calls this program. Valid objects and
//! the list of known differences lie in this crate's folder `invalid`. Which faults are tried follows from the
//! seed, so that two runs try the same.

#[expect(dead_code, reason = "the sequences compare more of an answer")]
#[path = "../sequences/client.rs"]
mod client;
mod judge;
#[path = "../sequences/known.rs"]
mod known;
mod mutate;
mod random;
mod seeds;
#[path = "../sequences/servers.rs"]
mod servers;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Parser;

use crate::judge::Judge;
use crate::known::Known;
use crate::random::Random;

/// Breaks valid objects, sends them to our API server and kube-apiserver, and compares the refusals
#[derive(Parser)]
struct Arguments {
    /// The kube-apiserver to compare with
    #[arg(long, value_name = "PATH")]
    kube_apiserver: PathBuf,
    /// The etcd that kube-apiserver keeps its objects in
    #[arg(long, value_name = "PATH")]
    etcd: PathBuf,
    /// Try the kinds whose paths hold this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// How many refusals to compare
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    count: usize,
    /// What the choice of faults follows from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("invalid");
    let seeds = seeds::read(&folder.join("seeds.yaml"), &arguments.only)?;
    let mut known = Known::read(&folder.join("known-differences.txt"))?;
    let peer = servers::peer(&arguments.kube_apiserver, &arguments.etcd).await?;
    let ours = servers::ours().await?;
    let mut judge = Judge::new(&ours.client, &peer.client);
    let mut refusals = Vec::new();
    for seed in &seeds {
        refusals.extend(judge.plant(seed).await?);
    }
    if !refusals.is_empty() {
        bail!("valid objects were refused:\n{}", refusals.join("\n"));
    }
    let mut random = Random::new(arguments.seed);
    let mut faults: Vec<_> = seeds.iter().map(|seed| mutate::faults(seed, &mut random)).collect();
    // One fault of each kind in turn, so that no kind drowns the others.
    while judge.refused() < arguments.count && faults.iter().any(|list| !list.is_empty()) {
        for (seed, list) in seeds.iter().zip(&mut faults) {
            if judge.refused() < arguments.count
                && let Some(fault) = list.pop()
            {
                judge.compare(seed, &fault, &mut known).await?;
            }
        }
    }
    judge.finish(&known, arguments.only.is_empty() && arguments.count == 1000 && arguments.seed == 1)
}
