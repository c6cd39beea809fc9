//! The cells of pods.

use amethyst_object::Value;

use super::text::{at, condition, has, integer, is_true, list};
use crate::time;

/// What the containers of a pod add up to.
#[derive(Default)]
struct Summary {
    reason: String,
    restarts: i64,
    last_restart: Option<i64>,
    ready: i64,
    total: usize,
}

/// `1/2`.
pub(super) fn ready(pod: &Value, _now: i64) -> Value {
    let summary = Summary::of(pod);
    format!("{}/{}", summary.ready, summary.total).into()
}

/// `Running`, `Init:0/1`, `CrashLoopBackOff`.
pub(super) fn status(pod: &Value, _now: i64) -> Value {
    Summary::of(pod).reason.into()
}

/// `3 (5m ago)`.
pub(super) fn restarts(pod: &Value, now: i64) -> Value {
    let summary = Summary::of(pod);
    match summary.last_restart {
        Some(then) if summary.restarts != 0 => {
            format!("{} ({} ago)", summary.restarts, super::text::duration(now - then)).into()
        }
        _ => summary.restarts.to_string().into(),
    }
}

/// The first address.
pub(super) fn address(pod: &Value, _now: i64) -> Value {
    let ip = list(pod, &["status", "podIPs"]).first().map(|ip| at(ip, &["ip"])).unwrap_or_default();
    if ip.is_empty() { "<none>" } else { ip }.into()
}

/// How many readiness gates are open.
pub(super) fn readiness_gates(pod: &Value, _now: i64) -> Value {
    let gates = list(pod, &["spec", "readinessGates"]);
    let conditions = list(pod, &["status", "conditions"]);
    let open = gates.iter().filter(|gate| is_true(conditions, at(gate, &["conditionType"]))).count();
    if gates.is_empty() { "<none>".into() } else { format!("{open}/{}", gates.len()).into() }
}

impl Summary {
    fn of(pod: &Value) -> Self {
        let conditions = list(pod, &["status", "conditions"]);
        let mut summary = Self { total: list(pod, &["spec", "containers"]).len(), ..Self::default() };
        summary.total +=
            list(pod, &["spec", "initContainers"]).iter().filter(|init| restarts_always(init)).count();
        let reason = at(pod, &["status", "reason"]);
        let reason = if reason.is_empty() { at(pod, &["status", "phase"]) } else { reason };
        reason.clone_into(&mut summary.reason);
        let is_gated = |condition: &Value| {
            at(condition, &["type"]) == "PodScheduled" && at(condition, &["reason"]) == "SchedulingGated"
        };
        if conditions.iter().any(is_gated) {
            "SchedulingGated".clone_into(&mut summary.reason);
        }
        let sidecars = summary.init_containers(pod);
        let initialized =
            condition(conditions, "Initialized").is_some_and(|it| at(it, &["status"]) == "True");
        if let Some((restarts, last)) = sidecars.settled(initialized) {
            (summary.restarts, summary.last_restart) = (restarts, last);
            summary.containers(pod, is_true(conditions, "Ready"));
        }
        summary.deletion(pod);
        summary
    }

    /// Looks at init containers up to the first that is neither done nor a started sidecar.
    fn init_containers(&mut self, pod: &Value) -> Sidecars {
        let specs = list(pod, &["spec", "initContainers"]);
        let mut sidecars = Sidecars::default();
        for (index, status) in list(pod, &["status", "initContainerStatuses"]).iter().enumerate() {
            self.count_restarts(status);
            let spec = specs.iter().rfind(|spec| at(spec, &["name"]) == at(status, &["name"]));
            let is_sidecar = spec.is_some_and(restarts_always);
            if is_sidecar {
                sidecars.restarts += integer(status, &["restartCount"]);
                sidecars.last_restart = sidecars.last_restart.max(finished(status));
            }
            let terminated = status.at(&["state", "terminated"]).filter(|state| !state.is_null());
            if terminated.is_some_and(|state| integer(state, &["exitCode"]) == 0) {
                continue;
            }
            if is_sidecar && flag(status, "started") {
                self.ready += i64::from(flag(status, "ready"));
                continue;
            }
            let waiting = at(status, &["state", "waiting", "reason"]);
            self.reason = match terminated {
                Some(state) => format!("Init:{}", end(state)),
                None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
                None => format!("Init:{index}/{}", specs.len()),
            };
            sidecars.initializing = true;
            break;
        }
        sidecars
    }

    fn containers(&mut self, pod: &Value, pod_is_ready: bool) {
        let (mut running, mut failure) = (false, String::new());
        for status in list(pod, &["status", "containerStatuses"]).iter().rev() {
            self.count_restarts(status);
            let waiting = at(status, &["state", "waiting", "reason"]);
            if !waiting.is_empty() {
                waiting.clone_into(&mut self.reason);
            } else if let Some(state) = status.at(&["state", "terminated"]).filter(|state| !state.is_null()) {
                self.reason = end(state);
                if integer(state, &["exitCode"]) != 0 {
                    failure.clone_from(&self.reason);
                }
            } else if flag(status, "ready") && has(status, &["state", "running"]) {
                running = true;
                self.ready += 1;
            }
        }
        // One container that still runs keeps the pod from being completed.
        if self.reason == "Completed" {
            if running && pod_is_ready {
                "Running".clone_into(&mut self.reason);
            } else if !failure.is_empty() {
                self.reason = failure;
            } else if running {
                "NotReady".clone_into(&mut self.reason);
            }
        }
    }

    fn deletion(&mut self, pod: &Value) {
        let is_over = matches!(at(pod, &["status", "phase"]), "Failed" | "Succeeded");
        if !has(pod, &["metadata", "deletionTimestamp"]) {
        } else if at(pod, &["status", "reason"]) == "NodeLost" {
            "Unknown".clone_into(&mut self.reason);
        } else if !is_over {
            "Terminating".clone_into(&mut self.reason);
        }
    }

    fn count_restarts(&mut self, status: &Value) {
        self.restarts += integer(status, &["restartCount"]);
        self.last_restart = self.last_restart.max(finished(status));
    }
}

/// What the init containers that keep running add up to.
#[derive(Default)]
struct Sidecars {
    initializing: bool,
    restarts: i64,
    last_restart: Option<i64>,
}

impl Sidecars {
    /// Once initialized, only their restarts count beside those of the containers.
    fn settled(&self, initialized: bool) -> Option<(i64, Option<i64>)> {
        (!self.initializing || initialized).then_some((self.restarts, self.last_restart))
    }
}

fn restarts_always(container: &Value) -> bool {
    at(container, &["restartPolicy"]) == "Always"
}

fn flag(status: &Value, name: &str) -> bool {
    status.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn finished(status: &Value) -> Option<i64> {
    status.str_at(&["lastState", "terminated", "finishedAt"]).and_then(time::parse)
}

/// How a container ended.
fn end(state: &Value) -> String {
    match (at(state, &["reason"]), integer(state, &["signal"])) {
        ("", 0) => format!("ExitCode:{}", integer(state, &["exitCode"])),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}
