//! The `amethyst` program: allocator, crypto provider, one call.

mod arguments;
mod commands;
mod environment;
mod output;
mod settings;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return output::failed(&anyhow::anyhow!("a second TLS provider is linked in"));
    }
    match arguments::parse() {
        Ok(arguments) => commands::run(&arguments),
        Err(code) => code,
    }
}
