//! Charts that look things up see what the caller's view holds.

use std::sync::Arc;

use amethyst_helm::{ObjectView, ServedKind};
use amethyst_object::{Object, value};

use super::{Homelab, data};

#[test]
fn charts_see_the_view_that_is_given() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  \
                    found: {{ (lookup \"v1\" \"Secret\" .Release.Namespace \"old\").data | toJson | quote }}\n";
    let mut homelab =
        Homelab::new().chart("app", &[("templates/a.yaml", template)]).release_of_folder("app", "");
    assert_eq!(data(&homelab.render(), "app"), value!({"found": "null"}));
    let served = ServedKind { api_version: "v1".into(), kind: "Secret".into(), is_namespaced: true };
    let secret = value!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "old", "namespace": "default"},
        "data": {"password": "c2Vzc2lvbg=="}});
    let view = ObjectView::new([served], Object::from_value(secret), "7");
    homelab.lookup = Some(Arc::new(view));
    assert_eq!(data(&homelab.render(), "app"), value!({"found": r#"{"password":"c2Vzc2lvbg=="}"#}));
}
