//! The kubeconfig of a client certificate, with everything embedded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Leaf;

/// The text of a kubeconfig with one cluster, one user and one context.
pub(super) fn text(authority_pem: &str, client: &Leaf, server: &str, name: &str) -> String {
    let quoted = |text: &str| {
        let mut out = Vec::new();
        amethyst_object::json::write_string(text, &mut out);
        String::from_utf8(out).expect("a JSON string of a string is UTF-8")
    };
    let (cluster, user) = (quoted(name), quoted(&format!("{name}-admin")));
    format!(
        "apiVersion: v1\nkind: Config\n\
         clusters:\n- name: {cluster}\n  cluster:\n    server: {server}\n    certificate-authority-data: {ca}\n\
         contexts:\n- name: {cluster}\n  context:\n    cluster: {cluster}\n    user: {user}\n\
         current-context: {cluster}\n\
         users:\n- name: {user}\n  user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n",
        server = quoted(server),
        ca = STANDARD.encode(authority_pem),
        certificate = STANDARD.encode(&client.certificate_pem),
        key = STANDARD.encode(&client.key_pem),
    )
}
