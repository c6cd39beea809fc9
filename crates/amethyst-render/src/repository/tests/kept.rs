//! What is kept from one run to the next.

use bytes::Bytes;

use super::super::{Cache, Repository};
use super::{Homelab, objects};

const IDENTITY: &str = "this program";

fn homelab() -> Homelab {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n\
                    data: {a: {{ .Values.a | quote }}, has: \"{{ .Capabilities.APIVersions.Has \"batch/v1\" }}\"}\n";
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\n\
               spec:\n  group: example.org\n  names: {kind: Thing, plural: things}\n  scope: Cluster\n  versions:\n\
               \x20 - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object}}\n";
    let files = [("templates/a.yaml", template), ("values.yaml", "a: 1\n"), ("crds/a.yaml", crd)];
    Homelab::new()
        .chart("web", &files)
        .release_of_folder("web", "  values: {a: 2}\n")
        .chart("broken", &[("templates/a.yaml", "{{ fail \"no\" }}")])
        .release_of_folder("broken", "")
}

fn bytes(cache: &Cache, bytes_max: usize) -> Vec<u8> {
    cache.to_parts(IDENTITY, bytes_max).concat()
}

fn told(repository: &Repository) -> (Vec<String>, Vec<String>) {
    let objects = repository.objects().map(|(unit, one)| {
        let json = String::from_utf8_lossy(one.json());
        format!("{} {} {:?} {:?} {json}", unit.name, one.id, one.template, one.origin)
    });
    (objects.collect(), repository.diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn a_later_run_renders_what_changed_and_nothing_else() {
    let first = Cache::new(usize::MAX);
    let expected = told(&homelab().render_with(&first));
    assert!(expected.0.len() > 3 && !expected.1.is_empty(), "{expected:?}");
    let kept = Bytes::from(bytes(&first, usize::MAX));

    let later = Cache::new(usize::MAX);
    assert!(later.read(kept.clone(), IDENTITY));
    assert_eq!(told(&homelab().render_with(&later)), expected);
    assert_eq!(later.counts(), (3, 0), "one Kustomization and two releases");
    // What was not rendered anew is kept on.
    let again = Cache::new(usize::MAX);
    assert!(again.read(bytes(&later, usize::MAX).into(), IDENTITY));
    assert_eq!(told(&homelab().render_with(&again)), expected);
    assert_eq!(again.counts(), (3, 0));

    let changed = Cache::new(usize::MAX);
    assert!(changed.read(kept, IDENTITY));
    let files = [("templates/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\n")];
    let repository = homelab().chart("web", &files).render_with(&changed);
    assert_eq!(objects(&repository, "web").len(), 3);
    assert_eq!(changed.counts(), (2, 1));
}

#[test]
fn what_is_damaged_or_of_another_program_is_not_taken() {
    let cache = Cache::new(usize::MAX);
    homelab().render_with(&cache);
    let kept = bytes(&cache, usize::MAX);
    assert!(!Cache::new(0).read(kept.clone().into(), "another"));
    for end in (0..kept.len()).step_by(7) {
        assert!(!Cache::new(0).read(kept[..end].to_vec().into(), IDENTITY), "cut off at {end}");
        let mut flipped = kept.clone();
        flipped[end] ^= 4;
        assert!(!Cache::new(0).read(flipped.into(), IDENTITY), "flipped at {end}");
    }
}

#[test]
fn no_more_is_kept_than_there_is_room_for() {
    let cache = Cache::new(usize::MAX);
    homelab().render_with(&cache);
    let whole = bytes(&cache, usize::MAX);
    let little = bytes(&cache, whole.len() / 2);
    assert!(little.len() < whole.len());
    let later = Cache::new(usize::MAX);
    assert!(later.read(little.into(), IDENTITY));
    homelab().render_with(&later);
    let (found, made) = later.counts();
    assert!(found < 3 && found + made == 3, "{found} {made}");
}
