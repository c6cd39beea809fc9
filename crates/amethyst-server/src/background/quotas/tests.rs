//! Counting, in virtual time.

use std::time::Duration;

use crate::background::tests::Running;
use crate::registry::PatchKind;
use crate::registry::tests::show;

async fn used(running: &Running, expect: &str) {
    let what = format!("`{expect}`");
    running
        .until(&what, |server| {
            let quota = server.get("v1/resourcequotas", "default", "q").unwrap();
            show(&quota, "status.used") == expect
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_counted_and_what_goes_is_given_back() {
    let running = Running::start().await;
    let server = &running.server;
    running.settle().await;
    let quota = r#"{"metadata":{"name":"q"},"spec":{"hard":{"count/secrets":"5","services.nodeports":"1","cpu":"2","unknown.io/x":"1"}}}"#;
    server.create("v1/resourcequotas", "default", quota).await.unwrap();
    used(&running, r#"{"count/secrets":"0","cpu":"0","services.nodeports":"0"}"#).await;
    let made = server.get("v1/resourcequotas", "default", "q").unwrap();
    assert_eq!(show(&made, "status.hard"), show(&made, "spec.hard"));
    let managed = show(&made, "metadata.managedFields");
    assert!(
        managed.contains(r#""manager":"kube-controller-manager""#)
            && managed.contains(r#""subresource":"status""#),
        "{managed}"
    );

    server.create("v1/secrets", "default", r#"{"metadata":{"name":"s"}}"#).await.unwrap();
    let pod = r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"500m"}}}]}}"#;
    server.create("v1/pods", "default", pod).await.unwrap();
    used(&running, r#"{"count/secrets":"1","cpu":"500m","services.nodeports":"0"}"#).await;
    let ended = r#"{"status":{"phase":"Succeeded"}}"#;
    let call = server.call("v1/pods", "default", "p");
    let call = crate::registry::Call { subresource: "status".into(), ..call };
    server.registry.patch(&call, PatchKind::Merge, crate::registry::tests::body(ended)).await.unwrap();
    server.delete("v1/secrets", "default", "s").await.unwrap();
    used(&running, r#"{"count/secrets":"0","cpu":"0","services.nodeports":"0"}"#).await;

    running.settle().await;
    let before = server.registry.store().snapshot().revision();
    server.create("v1/configmaps", "default", r#"{"metadata":{"name":"m"}}"#).await.unwrap();
    running.settle().await;
    let after = server.registry.store().snapshot().revision();
    assert_eq!(after.0, before.0 + 1, "what is not limited is not counted");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_status_of_somebody_else_stands_until_all_are_counted() {
    let running = Running::start().await;
    let server = &running.server;
    running.settle().await;
    let quota = r#"{"metadata":{"name":"q"},"spec":{"hard":{"configmaps":"5"}}}"#;
    server.create("v1/resourcequotas", "default", quota).await.unwrap();
    used(&running, r#"{"configmaps":"1"}"#).await;
    let call = server.call("v1/resourcequotas", "default", "q");
    let call = crate::registry::Call { subresource: "status".into(), ..call };
    let other = r#"{"status":{"used":{"configmaps":"3"}}}"#;
    server.registry.patch(&call, PatchKind::Merge, crate::registry::tests::body(other)).await.unwrap();
    running.settle().await;
    used(&running, r#"{"configmaps":"3"}"#).await;
    tokio::time::sleep(Duration::from_mins(6)).await;
    used(&running, r#"{"configmaps":"1"}"#).await;
    server
        .patch(PatchKind::Merge, "v1/resourcequotas", "default", "q", r#"{"spec":{"hard":{"secrets":"1"}}}"#)
        .await
        .unwrap();
    used(&running, r#"{"configmaps":"1","secrets":"0"}"#).await;
    running.stop().await;
}
