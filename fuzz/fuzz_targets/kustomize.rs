//! kustomize: a kustomization, a resource and a patch of any text build, or are told to be broken.
//!
//! The three texts are parted by lines of `====`.
#![no_main]

use amethyst_kustomize::{LoadRestrictions, Options, Order, build, to_yaml};
use amethyst_tree::Tree;
use libfuzzer_sys::fuzz_target;

const BASE: &str = "resources: [cm.yaml]\nnamePrefix: base-\n";
const CONFIG_MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm, labels: {a: b}}\ndata: {k: v}\n";
const COMPONENT: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamespace: other\n";

/// What a few builds of so little text may print.
const OUTPUT_BYTES_MAX: usize = 64 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = text.splitn(3, "====\n");
    let mut next = || parts.next().unwrap_or_default();
    let tree = Tree::from_files([
        ("kustomization.yaml", next()),
        ("resource.yaml", next()),
        ("patch.yaml", next()),
        ("values.env", "a=b\nc=\"d\"\n"),
        ("base/kustomization.yaml", BASE),
        ("base/cm.yaml", CONFIG_MAP),
        ("component/kustomization.yaml", COMPONENT),
    ]);
    let plain = Options::default();
    let strict = Options {
        order: Order::Legacy,
        load_restrictions: LoadRestrictions::RootOnly,
        add_managed_by: true,
        ..Options::default()
    };
    for options in [plain, strict] {
        let (resources, _) = build(&tree, "", &options);
        assert!(to_yaml(&resources).len() <= OUTPUT_BYTES_MAX);
    }
});
