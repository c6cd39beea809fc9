//! Probes and the hooks of a container's life (kubernetes `pkg/apis/core/validation`, `validateHandler`).

use crate::at::At;
use crate::faults::Faults;
use crate::text;

const WINDOWS_SIGNALS: [&str; 2] = ["SIGKILL", "SIGTERM"];
const SIGNALS: [&str; 65] = [
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGRTMAX",
    "SIGRTMAX-1",
    "SIGRTMAX-10",
    "SIGRTMAX-11",
    "SIGRTMAX-12",
    "SIGRTMAX-13",
    "SIGRTMAX-14",
    "SIGRTMAX-2",
    "SIGRTMAX-3",
    "SIGRTMAX-4",
    "SIGRTMAX-5",
    "SIGRTMAX-6",
    "SIGRTMAX-7",
    "SIGRTMAX-8",
    "SIGRTMAX-9",
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+10",
    "SIGRTMIN+11",
    "SIGRTMIN+12",
    "SIGRTMIN+13",
    "SIGRTMIN+14",
    "SIGRTMIN+15",
    "SIGRTMIN+2",
    "SIGRTMIN+3",
    "SIGRTMIN+4",
    "SIGRTMIN+5",
    "SIGRTMIN+6",
    "SIGRTMIN+7",
    "SIGRTMIN+8",
    "SIGRTMIN+9",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];

/// The three probes of a container.
pub(super) fn probes(container: &At<'_>, grace: Option<i64>, faults: &mut Faults) {
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let at = container.get(key);
        if !at.is_set() {
            continue;
        }
        probe(&at, grace, faults);
        let own_grace = at.get("terminationGracePeriodSeconds");
        if key == "readinessProbe" {
            if own_grace.is_set() {
                faults.invalid(&own_grace, "must not be set for readinessProbes");
            }
        } else if at.number("successThreshold") != 1 {
            faults.invalid_value(
                &at.get("successThreshold").path,
                at.number("successThreshold"),
                "must be 1",
            );
        }
    }
}

fn probe(at: &At<'_>, grace: Option<i64>, faults: &mut Faults) {
    handler(at, &["exec", "httpGet", "tcpSocket", "grpc"], grace, faults);
    faults.non_negatives(
        at,
        &["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"],
    );
    let own_grace = at.get("terminationGracePeriodSeconds");
    if own_grace.int().is_some_and(|seconds| seconds <= 0) {
        faults.invalid(&own_grace, "must be greater than 0");
    }
}

/// The hooks of a container's life, and the signal that stops it.
pub(super) fn lifecycle(at: &At<'_>, grace: Option<i64>, system: Option<&str>, faults: &mut Faults) {
    for key in ["postStart", "preStop"] {
        if at.has(key) {
            handler(&at.get(key), &["exec", "httpGet", "tcpSocket", "sleep"], grace, faults);
        }
    }
    let signal = at.get("stopSignal");
    if signal.is_set() {
        match system {
            None => {
                faults.forbidden(&signal.path, "may not be set for containers with empty `spec.os.name`");
            }
            Some("windows") => faults.enumerated(&signal, &WINDOWS_SIGNALS),
            Some("linux") => faults.enumerated(&signal, &SIGNALS),
            Some(_) => {}
        }
    }
}

fn handler(at: &At<'_>, kinds: &[&str], grace: Option<i64>, faults: &mut Faults) {
    let mut found = 0;
    for kind in kinds.iter().filter(|kind| at.has(kind)) {
        let action = at.get(kind);
        found += 1;
        if found > 1 {
            faults.forbidden(&action.path, "may not specify more than 1 handler type");
            continue;
        }
        match *kind {
            "exec" if action.get("command").is_empty() => faults.required(&action.get("command").path, ""),
            "httpGet" => http(&action, faults),
            "tcpSocket" => port(&action.get("port"), faults),
            "grpc" => {
                faults.port(&action.get("port"));
                if action.has("mode") {
                    faults.enumerated(&action.get("mode"), &["Plaintext", "TLS"]);
                }
            }
            "sleep" => sleep(&action, grace, faults),
            _ => {}
        }
    }
    if found == 0 {
        faults.required(&at.path, "must specify a handler type");
    }
}

fn sleep(at: &At<'_>, grace: Option<i64>, faults: &mut Faults) {
    let seconds = at.number("seconds");
    if let Some(grace) = grace.filter(|grace| seconds < 0 || seconds > *grace) {
        let why = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        faults.invalid_value(&at.path, seconds, why);
    }
}

fn http(at: &At<'_>, faults: &mut Faults) {
    faults.needs_text(&at.get("path"));
    port(&at.get("port"), faults);
    faults.enumerated(&at.get("scheme"), &["HTTP", "HTTPS"]);
    for header in at.get("httpHeaders").items() {
        for why in text::header_name(header.text("name")) {
            faults.invalid_value(&at.get("httpHeaders").path, header.text("name"), why);
        }
    }
    let protocol = at.get("protocol");
    if !protocol.is_set() {
        return;
    }
    let newer = protocol.str() == "HTTP2";
    if !matches!(protocol.str(), "HTTP1" | "HTTP2") {
        faults.unsupported(&protocol, &["HTTP1", "HTTP2"]);
    } else if newer && at.text("scheme") != "HTTP" {
        faults.invalid(&protocol, "is only supported with HTTP (H2C)");
    } else if newer && !at.text("host").is_empty() {
        faults.invalid(&at.get("host"), "must be empty when `protocol` is \"HTTP2\"");
    }
}

/// A port by number or by name (`ValidatePortNumOrName`).
pub(crate) fn port(at: &At<'_>, faults: &mut Faults) {
    match at.value().and_then(amethyst_object::Value::as_str) {
        Some(name) => faults.texts(at, text::port_name(name)),
        None => faults.port(at),
    }
}
