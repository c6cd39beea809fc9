//! Recorded request sequences, run against our API server and kube-apiserver: whatever they answer
//! differently is a difference of ours.
//!
//! `cargo xtask peers kube-apiserver --run` builds the peer and calls this program. Sequences and the list
//! of known differences lie in this crate's folder `sequences`.

mod client;
mod compare;
mod known;
mod normal;
mod plan;
mod run;
mod servers;

use std::path::{Path, PathBuf};

use clap::Parser;

use crate::known::Known;

/// Runs request sequences against our API server and kube-apiserver and compares the answers
#[derive(Parser)]
struct Arguments {
    /// The kube-apiserver to compare with
    #[arg(long, value_name = "PATH")]
    kube_apiserver: PathBuf,
    /// The etcd that kube-apiserver keeps its objects in
    #[arg(long, value_name = "PATH")]
    etcd: PathBuf,
    /// Run the sequences whose names hold this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Print every step and what the peer answers
    #[arg(long)]
    verbose: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sequences");
    let plan = plan::read(&folder, &arguments.only)?;
    let mut known = Known::read(&folder.join("known-differences.txt"))?;
    let peer = servers::peer(&arguments.kube_apiserver, &arguments.etcd).await?;
    let ours = servers::ours().await?;
    let mut tally = run::Tally::default();
    for (index, sequence) in plan.iter().enumerate() {
        let namespace = format!("seq-{:03}", index + 1);
        let mut sides = [run::Side::new("ours", &ours.client), run::Side::new("peer", &peer.client)];
        run::sequence(sequence, &namespace, &mut sides, &mut known, &mut tally, arguments.verbose).await?;
    }
    drop(peer);
    tally.finish(&known, arguments.only.is_empty())
}
