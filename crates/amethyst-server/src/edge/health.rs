//! `/healthz`, `/livez`, `/readyz`: for each check one line.

use http::StatusCode;
use tokio_util::sync::CancellationToken;

use super::answer::{self, Answer};
use crate::request::Query;

/// The checks there are, with whether they hold.
pub(crate) fn checks(endpoint: &str, shutdown: &CancellationToken) -> Vec<(&'static str, bool)> {
    // A server exists only once its registry has opened its store, so `store` holds when anything answers.
    let mut checks = vec![("ping", true), ("store", true)];
    if endpoint == "readyz" {
        checks.push(("shutdown", !shutdown.is_cancelled()));
    }
    checks
}

/// Answers an endpoint, or one check of it; `None` when there is no such check.
pub(crate) fn answer(
    endpoint: &str,
    path: &[String],
    query: &Query,
    shutdown: &CancellationToken,
) -> Option<Answer> {
    let checks = checks(endpoint, shutdown);
    match path {
        [] => Some(all(endpoint, &checks, query)),
        [name] => {
            let (name, holds) = checks.iter().find(|(known, _)| known == name)?;
            Some(if *holds {
                answer::text(StatusCode::OK, "ok")
            } else {
                let text = format!("internal server error: {name}: failed\n");
                answer::text(StatusCode::INTERNAL_SERVER_ERROR, text)
            })
        }
        _ => None,
    }
}

fn all(endpoint: &str, checks: &[(&'static str, bool)], query: &Query) -> Answer {
    let excluded: Vec<&str> = query.all("exclude").collect();
    let mut lines: Vec<String> = Vec::new();
    let mut holds = true;
    for (name, check) in checks {
        if excluded.contains(name) {
            lines.push(format!("[+]{name} excluded: ok"));
        } else if *check {
            lines.push(format!("[+]{name} ok"));
        } else {
            holds = false;
            lines.push(format!("[-]{name} failed: reason withheld"));
        }
    }
    let unknown: Vec<String> = excluded
        .iter()
        .filter(|name| checks.iter().all(|(known, _)| known != *name))
        .map(|name| format!("{name:?}"))
        .collect();
    if !unknown.is_empty() {
        lines.push(format!(
            "warn: some health checks cannot be excluded: no matches for {}",
            unknown.join(",")
        ));
    }
    if !holds {
        lines.push(format!("{endpoint} check failed"));
        return answer::text(StatusCode::INTERNAL_SERVER_ERROR, lines.join("\n") + "\n");
    }
    if !query.has("verbose") {
        return answer::text(StatusCode::OK, "ok");
    }
    lines.push(format!("{endpoint} check passed"));
    answer::text(StatusCode::OK, lines.join("\n") + "\n")
}
