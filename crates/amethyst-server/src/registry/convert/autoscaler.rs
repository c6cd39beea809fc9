//! Autoscalers are stored as v2; v1 shows of the metrics only the CPU's target. A write through v1 leaves
//! alone what v1 cannot say.

use amethyst_object::{Map, Value, value};

const TARGET: &str = "targetCPUUtilizationPercentage";

pub(super) fn from_v2(autoscaler: &mut Map) {
    if let Some(Value::Object(spec)) = autoscaler.get_mut("spec") {
        let target = cpu(spec.get("metrics"))
            .and_then(|metric| metric.at(&["resource", "target", "averageUtilization"]).cloned());
        spec.remove("metrics");
        spec.remove("behavior");
        if let Some(target) = target {
            spec.insert(TARGET, target);
        }
    }
    if let Some(Value::Object(status)) = autoscaler.get_mut("status") {
        let current = cpu(status.get("currentMetrics"))
            .and_then(|metric| metric.at(&["resource", "current", "averageUtilization"]).cloned());
        status.remove("currentMetrics");
        status.remove("conditions");
        if let Some(current) = current {
            status.insert("currentCPUUtilizationPercentage", current);
        }
    }
}

pub(super) fn to_v2(autoscaler: &mut Map, old: Option<&Map>) {
    let old_spec = old.and_then(|old| old.get("spec"));
    let spec = autoscaler.object_mut("spec");
    let target = spec.remove(TARGET);
    let others = old_spec.and_then(|spec| spec.get("metrics")).and_then(Value::as_array).unwrap_or_default();
    let mut metrics: Vec<Value> = others.iter().filter(|metric| !is_cpu(metric)).cloned().collect();
    if let Some(target) = target {
        metrics.push(value!({
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}},
        }));
    }
    if !metrics.is_empty() {
        spec.insert("metrics", metrics);
    }
    if let Some(behavior) = old_spec.and_then(|spec| spec.get("behavior")) {
        spec.insert("behavior", behavior.clone());
    }
    if let Some(Value::Object(status)) = autoscaler.get_mut("status") {
        let current = status.remove("currentCPUUtilizationPercentage");
        let old_status = old.and_then(|old| old.get("status"));
        for key in ["currentMetrics", "conditions"] {
            if let Some(kept) = old_status.and_then(|status| status.get(key)) {
                status.insert(key, kept.clone());
            }
        }
        if let Some(current) = current {
            let metric = value!({
                "type": "Resource",
                "resource": {"name": "cpu", "current": {"averageUtilization": current}},
            });
            let list = status.get_or_insert_with("currentMetrics", || Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                list.retain(|metric| !is_cpu(metric));
                list.push(metric);
            }
        }
    }
}

fn cpu(metrics: Option<&Value>) -> Option<&Value> {
    metrics?.as_array()?.iter().find(|metric| is_cpu(metric))
}

fn is_cpu(metric: &Value) -> bool {
    metric.str_at(&["resource", "name"]) == Some("cpu")
}
