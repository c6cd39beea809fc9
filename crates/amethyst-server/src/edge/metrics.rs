//! `/metrics`: how many requests there were and how long they took, under upstream's names.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use amethyst_object::Str;
use http::StatusCode;

use crate::request::{RequestInfo, Verb};

/// The upper bounds of `apiserver_request_duration_seconds`, a part of upstream's.
const BOUNDS: [f64; 8] = [0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0];
/// Label sets are bounded by what is served, but custom resources come and go.
const SERIES_MAX: usize = 20_000;

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    series: Mutex<BTreeMap<Labels, Series>>,
    reading: AtomicI64,
    writing: AtomicI64,
    watching: AtomicI64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    verb: &'static str,
    group: Str,
    version: Str,
    resource: Str,
    subresource: Str,
    scope: &'static str,
    code: u16,
}

#[derive(Clone, Debug, Default)]
struct Series {
    count: u64,
    seconds: f64,
    buckets: [u64; BOUNDS.len()],
}

/// Counts a request in flight until it is dropped.
pub(crate) struct InFlight<'a>(&'a AtomicI64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts a request in flight.
    pub(crate) fn begin(&self, verb: Verb) -> InFlight<'_> {
        let gauge = if verb.is_read() { &self.reading } else { &self.writing };
        gauge.fetch_add(1, Ordering::Relaxed);
        InFlight(gauge)
    }

    /// Counts a watch that began (`1`) or ended (`-1`).
    pub(crate) fn watch(&self, change: i64) {
        self.watching.fetch_add(change, Ordering::Relaxed);
    }

    /// Counts an answered request; a watch counts with the time until its headers.
    pub(crate) fn end(&self, info: &RequestInfo, code: StatusCode, took: Duration) {
        let labels = Labels {
            verb: verb(info.verb),
            group: info.group.clone(),
            version: info.version.clone(),
            resource: info.resource.clone(),
            subresource: info.subresource.clone(),
            scope: scope(info),
            code: code.as_u16(),
        };
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        if series.len() >= SERIES_MAX && !series.contains_key(&labels) {
            return;
        }
        let one = series.entry(labels).or_default();
        one.count += 1;
        one.seconds += took.as_secs_f64();
        for (bucket, bound) in one.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(took.as_secs_f64() <= bound);
        }
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut out = String::from("# TYPE apiserver_request_total counter\n");
        for (labels, one) in &series {
            let labels = format!("code=\"{}\",{}", labels.code, labels.text());
            let _ = writeln!(out, "apiserver_request_total{{{labels}}} {}", one.count);
        }
        out.push_str("# TYPE apiserver_request_duration_seconds histogram\n");
        for (labels, one) in merged(&series) {
            let name = "apiserver_request_duration_seconds";
            for (bucket, bound) in one.buckets.iter().zip(BOUNDS) {
                let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {bucket}");
            }
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", one.count);
            let _ = writeln!(out, "{name}_sum{{{labels}}} {}", one.seconds);
            let _ = writeln!(out, "{name}_count{{{labels}}} {}", one.count);
        }
        out.push_str("# TYPE apiserver_current_inflight_requests gauge\n");
        for (kind, gauge) in [("readOnly", &self.reading), ("mutating", &self.writing)] {
            let value = gauge.load(Ordering::Relaxed);
            let _ = writeln!(out, "apiserver_current_inflight_requests{{request_kind=\"{kind}\"}} {value}");
        }
        out.push_str("# TYPE amethyst_watches gauge\n");
        let _ = writeln!(out, "amethyst_watches {}", self.watching.load(Ordering::Relaxed));
        out
    }
}

/// The durations of all codes together.
fn merged(series: &BTreeMap<Labels, Series>) -> BTreeMap<String, Series> {
    let mut merged: BTreeMap<String, Series> = BTreeMap::new();
    for (labels, one) in series {
        let sum = merged.entry(labels.text()).or_default();
        sum.count += one.count;
        sum.seconds += one.seconds;
        for (sum, bucket) in sum.buckets.iter_mut().zip(one.buckets) {
            *sum += bucket;
        }
    }
    merged
}

impl Labels {
    fn text(&self) -> String {
        format!(
            "component=\"apiserver\",group=\"{}\",resource=\"{}\",scope=\"{}\",subresource=\"{}\",verb=\"{}\",version=\"{}\"",
            self.group, self.resource, self.scope, self.subresource, self.verb, self.version
        )
    }
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::List => "LIST",
        Verb::Watch => "WATCH",
        Verb::Create => "POST",
        Verb::Update => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
        Verb::DeleteCollection => "DELETECOLLECTION",
    }
}

fn scope(info: &RequestInfo) -> &'static str {
    if !info.name.is_empty() || info.verb == Verb::Create {
        "resource"
    } else if info.namespace.is_empty() {
        "cluster"
    } else {
        "namespace"
    }
}
