//! The environment variables that are read, all of them, and by nobody else.

use std::path::PathBuf;

/// Where state goes, by the XDG base directory rules.
const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
const XDG_CACHE_HOME: &str = "XDG_CACHE_HOME";
const HOME: &str = "HOME";
/// Without colour when set (no-color.org).
const NO_COLOR: &str = "NO_COLOR";
/// Where Docker keeps who asks which registry.
const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
/// Proxies; each may be spelled small, and that counts less, as in Go.
const HTTPS_PROXY: &[&str] = &["HTTPS_PROXY", "https_proxy"];
const HTTP_PROXY: &[&str] = &["HTTP_PROXY", "http_proxy"];
const NO_PROXY: &[&str] = &["NO_PROXY", "no_proxy"];
/// Where programs lie.
const PATH: &str = "PATH";
/// Who runs the program, for reports, and the language they read.
const USER: &str = "USER";
const LANG: &str = "LANG";
/// A filter for the log, as `tracing` spells it.
const LOG: &str = "AMETHYST_LOG";

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn read(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The folder under which every homelab's state lies.
pub(crate) fn state_home(is_root: bool) -> Option<PathBuf> {
    if let Some(home) = read(XDG_STATE_HOME) {
        return Some(PathBuf::from(home).join("amethyst"));
    }
    if is_root {
        return Some(PathBuf::from("/var/lib/amethyst"));
    }
    read(HOME).map(|home| PathBuf::from(home).join(".local/state/amethyst"))
}

/// The folder under which what can be had again is kept.
pub(crate) fn cache_home() -> Option<PathBuf> {
    let home = read(XDG_CACHE_HOME).map(PathBuf::from);
    home.or_else(|| read(HOME).map(|home| PathBuf::from(home).join(".cache")))
        .map(|home| home.join("amethyst"))
}

/// Docker's `config.json`, whether it is there or not.
pub(crate) fn docker_config() -> Option<PathBuf> {
    let folder = read(DOCKER_CONFIG).map(PathBuf::from);
    folder
        .or_else(|| read(HOME).map(|home| PathBuf::from(home).join(".docker")))
        .map(|path| path.join("config.json"))
}

/// The folders in which programs lie.
pub(crate) fn paths() -> Vec<PathBuf> {
    read(PATH).map(|paths| std::env::split_paths(&paths).collect()).unwrap_or_default()
}

/// What is said of proxies: for https, for http, and the hosts that need none. Empty where nothing is said.
pub(crate) fn proxies() -> (String, String, String) {
    let first = |names: &[&str]| {
        let found = names.iter().find_map(|name| read(name));
        found.and_then(|value| value.into_string().ok()).unwrap_or_default()
    };
    (first(HTTPS_PROXY), first(HTTP_PROXY), first(NO_PROXY))
}

/// The name of the user, empty when nothing says it.
pub(crate) fn user() -> String {
    read(USER).and_then(|name| name.into_string().ok()).unwrap_or_default()
}

/// The language and region as a tag (`en-US`), American English when nothing says it.
pub(crate) fn locale() -> String {
    let lang = read(LANG).and_then(|lang| lang.into_string().ok()).unwrap_or_default();
    let tag = lang.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    if matches!(tag.as_str(), "" | "C" | "POSIX") { "en-US".to_owned() } else { tag }
}

/// Whether colour is unwelcome.
pub(crate) fn no_color() -> bool {
    read(NO_COLOR).is_some()
}

/// The log filter, when one is set.
pub(crate) fn log_filter() -> Option<String> {
    read(LOG).and_then(|filter| filter.into_string().ok())
}
