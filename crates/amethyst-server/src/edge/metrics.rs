//! `/metrics`: how many requests there were and how long they took, what is watched and stored, and what the
//! process uses, under upstream's names.

mod process;
mod watches;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use amethyst_object::Str;
use http::StatusCode;

use crate::request::{RequestInfo, Verb};
use watches::Watches;
pub(crate) use watches::Watching;

/// The upper bounds of `apiserver_request_duration_seconds`.
const BOUNDS: [f64; 23] = [
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0,
    20.0, 30.0, 45.0, 60.0,
];
/// Label sets are bounded by what is served, but custom resources come and go.
const SERIES_MAX: usize = 20_000;

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    series: Mutex<BTreeMap<Labels, Series>>,
    reading: AtomicI64,
    writing: AtomicI64,
    refused: AtomicU64,
    watches: Watches,
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

    /// Counts a watch until what is given back is dropped.
    pub(crate) fn watch(&self, info: &RequestInfo) -> Watching {
        self.watches.begin(info)
    }

    /// Counts a request that was turned away because there were too many.
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
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
    pub(crate) fn text(&self, about: &About<'_>) -> String {
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
        self.watches.write(&mut out);
        let refused = self.refused.load(Ordering::Relaxed);
        let _ = writeln!(
            out,
            "# TYPE apiserver_dropped_requests_total counter\napiserver_dropped_requests_total {refused}"
        );
        about.write(&mut out);
        process::write(about.started_seconds, &mut out);
        out
    }
}

/// What is known elsewhere and told here.
pub(crate) struct About<'a> {
    /// Group, resource and number of the objects that are stored.
    pub(crate) objects: Vec<(Str, Str, usize)>,
    /// The version of the server.
    pub(crate) version: &'a str,
    /// When it started, in seconds since 1970.
    pub(crate) started_seconds: i64,
}

impl About<'_> {
    fn write(&self, out: &mut String) {
        out.push_str("# TYPE apiserver_resource_objects gauge\n");
        for (group, resource, count) in &self.objects {
            let _ = writeln!(
                out,
                "apiserver_resource_objects{{group=\"{group}\",resource=\"{resource}\"}} {count}"
            );
        }
        let version = self.version;
        let _ = writeln!(
            out,
            "# TYPE kubernetes_build_info gauge\nkubernetes_build_info{{git_version=\"{version}\",major=\"1\",minor=\"37\"}} 1"
        );
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
