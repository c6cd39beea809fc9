//! TOML as BurntSushi/toml writes and reads it.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
