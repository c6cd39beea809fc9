//! An API server to play with: `cargo run -p amethyst-testkit --example serve -- 6443`, until Ctrl-C.
//! Everything is in memory; nothing listens but on loopback.

use amethyst_testkit::Env;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it tells a person where the server is")]
async fn main() {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let mut env = Env::start().await;
    let served = env.serve_on(port).await;
    println!("export KUBECONFIG={}", served.kubeconfig().display());
    if tokio::signal::ctrl_c().await.is_ok() {
        env.stop().await;
    }
}
