//! Sends a broken object to both servers and compares what they say.

use std::collections::BTreeMap;

use amethyst_object::{Map, Value, json};
use anyhow::{Context, bail};
use bytes::Bytes;

use crate::client::Client;
use crate::known::Known;
use crate::mutate::Fault;
use crate::seeds::Seed;

/// How often the peer is asked again whether it always lists its causes in one order.
const ORDER_TRIES: usize = 6;
/// The sequence that known differences belong to.
const PARTS: &str = "invalid";

/// Both servers, and the tally.
pub(crate) struct Judge<'a> {
    ours: &'a Client,
    peer: &'a Client,
    equal: usize,
    shown: usize,
    known: usize,
    accepted: usize,
    different: Vec<String>,
    by_seed: BTreeMap<String, (usize, usize)>,
}

/// What of an answer is compared.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    code: u16,
    reason: String,
    message: String,
    causes: Vec<String>,
}

impl Verdict {
    fn is_refusal(&self) -> bool {
        self.code >= 400
    }

    /// The same without maps and lists that are told.
    fn valueless(&self) -> (u16, &str, &str, Vec<String>) {
        let mut causes: Vec<String> = self.causes.iter().map(|cause| without_value(cause)).collect();
        causes.sort_unstable();
        (self.code, &self.reason, &self.message, causes)
    }

    /// The same with the causes in one order.
    fn unordered(&self) -> (u16, &str, &str, Vec<String>) {
        let mut causes = self.causes.clone();
        causes.sort_unstable();
        (self.code, &self.reason, &self.message, causes)
    }
}

impl<'a> Judge<'a> {
    pub(crate) fn new(ours: &'a Client, peer: &'a Client) -> Self {
        Self {
            ours,
            peer,
            equal: 0,
            shown: 0,
            known: 0,
            accepted: 0,
            different: Vec::new(),
            by_seed: BTreeMap::new(),
        }
    }

    /// How many objects the peer has refused so far.
    pub(crate) fn refused(&self) -> usize {
        self.equal + self.shown + self.known + self.different.len()
    }

    /// Makes the valid object on both servers; tells who refused it.
    pub(crate) async fn plant(&self, seed: &Seed) -> anyhow::Result<Vec<String>> {
        let mut refusals = Vec::new();
        for (name, client) in [("ours", self.ours), ("the peer", self.peer)] {
            let answer = ask(client, "POST", &seed.path, &seed.object).await?;
            if !(200..300).contains(&answer.0) {
                let said = json::to_string(&answer.1);
                refusals.push(format!("{name} refused `{}` with {}: {said}", seed.id(), answer.0));
            }
        }
        Ok(refusals)
    }

    /// Breaks the object on both servers and compares what they say.
    pub(crate) async fn compare(
        &mut self,
        seed: &Seed,
        fault: &Fault,
        known: &mut Known,
    ) -> anyhow::Result<()> {
        let ours = verdict(self.ours, seed, fault).await?;
        let peer = verdict(self.peer, seed, fault).await?;
        let id = format!("{} {}", seed.id(), fault.id());
        let entry = self.by_seed.entry(seed.id()).or_default();
        if !peer.is_refusal() && !ours.is_refusal() {
            self.accepted += 1;
            return Ok(());
        }
        entry.1 += 1;
        let mut same = ours == peer;
        if !same && ours.unordered() == peer.unordered() {
            for _ in 0..ORDER_TRIES {
                same |= verdict(self.peer, seed, fault).await? != peer;
            }
        }
        if same {
            self.equal += 1;
            entry.0 += 1;
        } else if ours.valueless() == peer.valueless() {
            self.shown += 1;
        } else if known.reason(&format!("{PARTS} {id}"), 1).is_some() {
            self.known += 1;
        } else {
            self.different.push(format!("{id}\n  ours {}\n  peer {}", ours.shown(), peer.shown()));
        }
        Ok(())
    }

    /// Prints the counts; fails when something differs that is not known, or no longer differs.
    pub(crate) fn finish(self, known: &Known, whole: bool) -> anyhow::Result<()> {
        for (seed, (equal, all)) in self.by_seed.iter().filter(|(_, (equal, all))| equal != all) {
            say(&format!("{seed}: {equal} of {all}"));
        }
        say(&format!(
            "{} of {} refusals equal, {} but for how a map or list is printed, {} with known differences, {} \
             different; {} accepted by both",
            self.equal,
            self.refused(),
            self.shown,
            self.known,
            self.different.len(),
            self.accepted
        ));
        let idle: Vec<&str> = known.idle().filter(|_| whole).collect();
        if !idle.is_empty() {
            bail!("no longer different, remove from known-differences.txt:\n{}", idle.join("\n"));
        }
        if !self.different.is_empty() {
            bail!("different:\n{}", self.different.join("\n"));
        }
        Ok(())
    }
}

impl Verdict {
    fn shown(&self) -> String {
        format!("{} {} {} {}", self.code, self.reason, self.message, self.causes.join(" | "))
    }
}

async fn ask(client: &Client, method: &str, path: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(json::to_vec(body)) };
    let headers = [("content-type", "application/json"), ("accept", "application/json")];
    let answer = client.ask(method, path, &headers, body).await?;
    Ok((answer.code, json::parse(&answer.body).unwrap_or_default()))
}

async fn verdict(client: &Client, seed: &Seed, fault: &Fault) -> anyhow::Result<Verdict> {
    let (method, path, mut object);
    let mut uid = String::new();
    if fault.update {
        path = format!("{}/{}", seed.path, seed.name);
        let (code, live) = ask(client, "GET", &path, &Value::Null).await?;
        if code != 200 {
            bail!("`{path}` is gone");
        }
        live.str_at(&["metadata", "uid"]).context("an object has no uid")?.clone_into(&mut uid);
        (method, object) = ("PUT", live);
    } else {
        (method, path, object) = ("POST", seed.path.clone(), seed.object.clone());
        meta(&mut object).insert("name", format!("{}-2", seed.name));
        if seed.path.ends_with("/services") {
            give_back(&mut object);
        }
    }
    meta(&mut object).remove("managedFields");
    fault.apply(&mut object);
    let (code, body) = ask(client, method, &format!("{path}?dryRun=All"), &object).await?;
    let text = |path: &[&str]| body.str_at(path).unwrap_or_default().to_owned();
    let causes = body.at(&["details", "causes"]).and_then(Value::as_array).unwrap_or_default();
    // What differs from server to server is not compared, nor are the diffs that upstream appends.
    let plain = |text: &str| {
        let text = if uid.is_empty() { text.to_owned() } else { text.replace(&uid, "UID") };
        without_diffs(&text)
    };
    let cause = |cause: &Value| {
        let part = |key: &str| cause.str_at(&[key]).unwrap_or_default().to_owned();
        format!("{} {} {}", part("field"), part("reason"), plain(&part("message")))
    };
    let message = plain(&text(&["message"]));
    // What is invalid is told by the causes once more, in their order.
    let head = message.split_once(" is invalid: ").map_or(message.as_str(), |(head, _)| head);
    Ok(Verdict {
        code,
        reason: text(&["reason"]),
        message: if code < 400 { String::new() } else { head.to_owned() },
        causes: causes.iter().map(cause).collect(),
    })
}

fn meta(object: &mut Value) -> &mut Map {
    object.as_object_mut().expect("seeds are maps").object_mut("metadata")
}

/// Takes addresses and ports out that the valid Service holds: a second one must not want them.
fn give_back(service: &mut Value) {
    let spec = service.as_object_mut().expect("seeds are maps").object_mut("spec");
    for key in ["clusterIP", "healthCheckNodePort"] {
        if spec.str(key) != Some("None") {
            spec.remove(key);
        }
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            port.remove("nodePort");
        }
    }
}

/// A cause without the value that is wrong, where that is a map or a list: upstream prints its own Go structs.
fn without_value(cause: &str) -> String {
    let Some((head, rest)) = cause.split_once(" value: ") else { return cause.to_owned() };
    let compound = rest.starts_with(['{', '[', '<']) || rest.starts_with("null") || rest.starts_with("\"{");
    match rest.rsplit_once(": ") {
        Some((_, why)) if compound => format!("{head}: {why}"),
        _ if compound => head.to_owned(),
        _ => cause.to_owned(),
    }
}

/// A message without the differences of two Go values, which upstream prints line by line.
fn without_diffs(text: &str) -> String {
    match text.split_once("\n@@").or_else(|| text.split_once("\n--- ")) {
        Some((head, _)) => head.to_owned(),
        None => text.to_owned(),
    }
}

#[expect(clippy::print_stdout, reason = "the counts are what is asked for")]
fn say(line: &str) {
    println!("{line}");
}
