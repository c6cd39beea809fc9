//! Pages of lists: which revision they are of, where the next one begins.

use amethyst_object::{Value, json, value};
use amethyst_store::{Key, Revision, Snapshot};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;

use super::{Span, parse_revision, render, too_large, too_old};
use crate::record::Entry;
use crate::registry::{Call, Page, Registry};
use crate::request::ListOptions;
use crate::status::{Reason, Status};

/// A token's revision when the list may go on at the current state: after its own revision expired.
const ANY: i64 = -1;

/// How long a list may be continued at its own revision: as long as upstream keeps a revision at least
/// (kube-apiserver `--etcd-compaction-interval`).
const CONSISTENT: SignedDuration = SignedDuration::from_mins(5);

struct Token {
    revision: i64,
    after: String,
    /// When the first page was cut, in milliseconds of the epoch.
    at: i64,
}

impl Token {
    fn encode(&self) -> String {
        let after = self.after.as_str();
        let token = value!({"v": "amethyst/v1", "rv": (self.revision), "after": after, "at": (self.at)});
        URL_SAFE_NO_PAD.encode(json::to_vec(&token))
    }

    fn decode(text: &str, prefix: &str) -> Result<Self, Status> {
        let invalid =
            || Status::bad_request("continue key is not valid: incorrect or corrupt continue token");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let token = json::parse(&bytes).map_err(|_| invalid())?;
        let revision = token.get("rv").and_then(Value::as_i64).ok_or_else(invalid)?;
        let after = token.str_at(&["after"]).ok_or_else(invalid)?;
        let at = token.get("at").and_then(Value::as_i64).ok_or_else(invalid)?;
        // A token is of one list: another prefix would show what was not asked for.
        if !after.starts_with(prefix) {
            return Err(invalid());
        }
        Ok(Self { revision, after: after.to_owned(), at })
    }
}

pub(super) fn list(registry: &Registry, call: &Call, options: &ListOptions) -> Result<Page, Status> {
    let span = Span::new(call, options)?;
    let token = match options.continue_token.as_str() {
        "" => None,
        text => {
            if !matches!(options.resource_version.as_str(), "" | "0") {
                let why = "specifying resource version is not allowed when using continue";
                return Err(Status::bad_request(why));
            }
            Some(Token::decode(text, &span.prefix)?)
        }
    };
    let snapshot = match &token {
        Some(token) => continued(registry, token)?,
        None => fresh(registry, options)?,
    };
    Ok(cut(registry, call, options.limit, &span, &snapshot, token.as_ref()))
}

/// The state that a list without token is of.
fn fresh(registry: &Registry, options: &ListOptions) -> Result<Snapshot<Entry>, Status> {
    let current = registry.store().snapshot();
    let wanted = parse_revision(&options.resource_version)
        .map_err(|status| Status::bad_request(format!("invalid resource version: {status}")))?;
    if wanted > current.revision() {
        return Err(too_large(wanted, current.revision()));
    }
    // Without `resourceVersionMatch`, a limit means exactly that revision, as ever.
    let exact = match options.resource_version_match.as_str() {
        "Exact" => true,
        "" => options.limit > 0 && wanted > Revision(0),
        _ => false,
    };
    if !exact || wanted == current.revision() {
        return Ok(current);
    }
    registry.store().snapshot_at(wanted).ok_or_else(|| too_old(wanted, registry.store().oldest()))
}

fn continued(registry: &Registry, token: &Token) -> Result<Snapshot<Entry>, Status> {
    let Ok(revision) = u64::try_from(token.revision) else { return Ok(registry.store().snapshot()) };
    let age = registry.options().clock.now().as_millisecond().saturating_sub(token.at);
    let snapshot = (SignedDuration::from_millis(age) <= CONSISTENT)
        .then(|| registry.store().snapshot_at(Revision(revision)))
        .flatten();
    snapshot.ok_or_else(|| {
        let again = Token { revision: ANY, after: token.after.clone(), at: token.at };
        Status::new(
            Reason::Expired,
            "The provided continue parameter is too old to display a consistent list result. You can start a new \
             list without the continue parameter, or use the continue token in this response to retrieve the \
             remainder of the results. Continuing with the provided token results in an inconsistent list - \
             objects that were created, modified, or deleted between the time the first chunk was returned and \
             now may show up in the list.",
        )
        .continue_with(again.encode())
    })
}

fn cut(
    registry: &Registry,
    call: &Call,
    limit: u64,
    span: &Span,
    snapshot: &Snapshot<Entry>,
    token: Option<&Token>,
) -> Page {
    let after = token.map(|token| token.after.as_str());
    let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
    let resource_version = snapshot.revision();
    let mut page = Page { items: Vec::new(), resource_version, continue_token: None, remaining: None };
    let mut last: Option<&Key> = None;
    for (key, stored) in snapshot.range(&span.prefix, after) {
        if !span.matches(key.as_str(), &stored.record) {
            continue;
        }
        if limit == Some(page.items.len()) {
            let after = last.expect("a limit is at least one").as_str().to_owned();
            if span.selection.is_everything() {
                let rest = snapshot.range(&span.prefix, Some(&after)).count();
                page.remaining = Some(rest as u64);
            }
            registry.store().keep(snapshot);
            let revision = i64::try_from(resource_version.0).unwrap_or(ANY);
            let first = token.filter(|token| token.revision != ANY).map(|token| token.at);
            let at = first.unwrap_or_else(|| registry.options().clock.now().as_millisecond());
            page.continue_token = Some(Token { revision, after, at }.encode());
            break;
        }
        page.items.push(render(&call.resource, stored));
        last = Some(key);
    }
    page
}
