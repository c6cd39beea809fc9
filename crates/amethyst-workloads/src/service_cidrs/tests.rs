//! Plans for ServiceCIDRs.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::networking::v1::{IPAddress, ServiceCIDR};
use serde_json::json;

use super::{FINALIZER, Observed, Plan, plan};

fn cidr(name: &str, network: &str, settled: bool) -> Arc<ServiceCIDR> {
    let mut document = json!({"metadata": {"name": name}, "spec": {"cidrs": [network]}});
    if settled {
        document["metadata"]["finalizers"] = json!([FINALIZER]);
        document["status"] = json!({"conditions": [{"type": "Ready", "status": "True", "reason": "", "message": "x",
            "lastTransitionTime": "2026-11-24T00:00:00Z"}]});
    }
    Arc::new(serde_json::from_value(document).unwrap())
}

fn check(others: &[&str], addresses: &[&str], ending: Option<u64>, settled: bool, expect: &Plan) {
    let address = |ip: &&str| -> Arc<IPAddress> {
        let labels = json!({"ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"});
        Arc::new(serde_json::from_value(json!({"metadata": {"name": ip, "labels": labels}})).unwrap())
    };
    let observed = Observed {
        cidr: cidr("a", "10.0.0.0/24", settled),
        others: others.iter().map(|network| cidr("other", network, true)).collect(),
        addresses: addresses.iter().map(address).collect(),
        ending_for: ending.map(Duration::from_secs),
    };
    assert_eq!(plan(&observed), *expect, "{others:?} {addresses:?} {ending:?}");
}

#[test]
fn ranges_are_settled_and_let_go_when_unused() {
    check(&[], &[], None, false, &Plan::Settle { finalizer: true, ready: true });
    check(&[], &[], None, true, &Plan::Nothing);
    check(&[], &["10.0.0.5"], Some(60), true, &Plan::Wait);
    check(&[], &["10.0.1.5", "fd00::1"], Some(60), true, &Plan::Release);
    check(&[], &[], Some(4), true, &Plan::Later(Duration::from_secs(6)));
    check(&["10.0.0.0/25"], &["10.0.0.5"], Some(60), true, &Plan::Release);
    check(&["10.0.0.0/25"], &["10.0.0.200"], Some(60), true, &Plan::Wait);
    check(&["10.0.0.0/16"], &["10.0.0.200"], Some(60), true, &Plan::Release);
    // The first address of the smaller network is none of its hosts.
    check(&["10.0.0.128/25"], &["10.0.0.128"], Some(60), true, &Plan::Wait);
    check(&[], &[], Some(60), false, &Plan::Nothing);
}
