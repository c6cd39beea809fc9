//! A fault stays where it is: it is told once, with its place, and the rest goes on.

use amethyst_gitops::{Row, State};

use crate::repository::{Repository, config_map, kustomization, manifest, until};

async fn row(homelab: &amethyst_assembly::Homelab, name: &str, state: State) -> Row {
    let progress = homelab.progress();
    until(&format!("{name} to be {state}"), || async {
        let rows = progress.look().await.overview.rows;
        rows.into_iter().find(|row| row.key.name == name && row.state == state)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_stops_only_its_kustomization() {
    let repository = Repository::new(&[
        ("cluster/broken.yaml", &kustomization("broken", "")),
        ("cluster/sound.yaml", &kustomization("sound", "")),
        ("cluster/later.yaml", &kustomization("later", "  dependsOn: [{name: broken}]\n")),
        ("broken/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x\n"),
        ("sound/a.yaml", &manifest("sound", "yes")),
        ("later/a.yaml", &manifest("later", "yes")),
    ]);
    let homelab = repository.run().await;
    config_map(&homelab, "sound", "yes").await;
    let broken = row(&homelab, "broken", State::Failed).await;
    assert_eq!(broken.reason, "BuildFailed");
    assert!(broken.message.contains("broken/a.yaml:"), "{}", broken.message);
    let later = row(&homelab, "later", State::Blocked).await;
    assert_eq!(later.blamed, [broken.key]);

    repository.commit(&[("broken/a.yaml", &manifest("mended", "yes"))]);
    config_map(&homelab, "mended", "yes").await;
    config_map(&homelab, "later", "yes").await;
    homelab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_that_are_not_honoured_are_refused_by_name() {
    let repository = Repository::new(&[
        ("cluster/secret.yaml", &kustomization("secret", "  decryption: {provider: sops}\n")),
        ("secret/a.yaml", &manifest("secret", "yes")),
    ]);
    let homelab = repository.run().await;
    let refused = row(&homelab, "secret", State::Failed).await;
    assert!(refused.message.contains("spec.decryption"), "{}", refused.message);
    homelab.stop().await;
}
