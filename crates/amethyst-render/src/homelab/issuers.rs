//! `spec.authentication.jwt`: issuers of OpenID Connect whose tokens count, as in upstream's
//! `AuthenticationConfiguration` (`apiserver.config.k8s.io/v1`). Expressions of CEL are refused by name.

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{FieldPath, Value};

/// An issuer whose tokens count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issuer {
    /// `issuer.url`.
    pub url: String,
    /// `issuer.discoveryURL`.
    pub discovery_url: Option<String>,
    /// `issuer.certificateAuthority`, as PEM.
    pub authority_pem: Option<String>,
    /// `issuer.audiences`.
    pub audiences: Vec<String>,
    /// `claimMappings.username`.
    pub username: ClaimMapping,
    /// `claimMappings.groups`.
    pub groups: Option<ClaimMapping>,
    /// `claimMappings.uid.claim`.
    pub uid_claim: Option<String>,
    /// `claimValidationRules`: claims and the values they must have.
    pub required: Vec<(String, String)>,
}

/// A claim, and what is put before its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimMapping {
    /// `claim`.
    pub claim: String,
    /// `prefix`.
    pub prefix: String,
}

pub(super) fn read(
    root: &Value,
    place: &impl Fn(&FieldPath) -> Location,
    said: &mut Vec<Diagnostic>,
) -> Vec<Issuer> {
    let list = root.at(&["spec", "authentication", "jwt"]).and_then(Value::as_array).unwrap_or_default();
    let mut issuers = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let at = FieldPath::of(["spec", "authentication", "jwt"]).index(index);
        let issuer = issuer(value);
        for (field, what) in faults(value, &issuer) {
            let mut at = at.clone();
            for key in field {
                at.push_key(*key);
            }
            let fault = Diagnostic::error("homelab-authentication", format!("`{at}` {what}"));
            said.push(fault.at(place(&at)).hint("see `AuthenticationConfiguration` of kube-apiserver"));
        }
        issuers.push(issuer);
    }
    issuers
}

fn issuer(value: &Value) -> Issuer {
    let text = |keys: &[&str]| value.str_at(keys).map(str::to_owned);
    let mapping = |name: &str| {
        let claim = text(&["claimMappings", name, "claim"])?;
        let prefix = text(&["claimMappings", name, "prefix"]).unwrap_or_default();
        Some(ClaimMapping { claim, prefix })
    };
    let audiences = value.at(&["issuer", "audiences"]).and_then(Value::as_array).unwrap_or_default();
    let rules = value.get("claimValidationRules").and_then(Value::as_array).unwrap_or_default();
    let rule = |rule: &Value| {
        let part = |key: &str| rule.str_at(&[key]).unwrap_or_default().to_owned();
        (part("claim"), part("requiredValue"))
    };
    Issuer {
        url: text(&["issuer", "url"]).unwrap_or_default(),
        discovery_url: text(&["issuer", "discoveryURL"]),
        authority_pem: text(&["issuer", "certificateAuthority"]),
        audiences: audiences.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect(),
        username: mapping("username").unwrap_or_default(),
        groups: mapping("groups"),
        uid_claim: text(&["claimMappings", "uid", "claim"]),
        required: rules.iter().map(rule).collect(),
    }
}

fn faults(value: &Value, issuer: &Issuer) -> Vec<(&'static [&'static str], &'static str)> {
    let mut faults: Vec<(&'static [&'static str], &'static str)> = Vec::new();
    let mut check = |holds: bool, field: &'static [&'static str], what: &'static str| {
        if !holds {
            faults.push((field, what));
        }
    };
    let is_https = |url: &str| url.starts_with("https://");
    check(is_https(&issuer.url), &["issuer", "url"], "must be a URL that begins with `https://`");
    let discovery = issuer.discovery_url.as_deref();
    check(
        discovery.is_none_or(is_https),
        &["issuer", "discoveryURL"],
        "must be a URL that begins with `https://`",
    );
    check(!issuer.audiences.is_empty(), &["issuer", "audiences"], "must name at least one audience");
    let policy = value.str_at(&["issuer", "audienceMatchPolicy"]);
    check(
        policy == Some("MatchAny") || policy.is_none() && issuer.audiences.len() < 2,
        &["issuer", "audienceMatchPolicy"],
        "must be `MatchAny` when there are several audiences",
    );
    check(
        !issuer.username.claim.is_empty(),
        &["claimMappings", "username", "claim"],
        "must name the claim that is the user's name",
    );
    // Without it somebody could be given the name of another issuer's user, or of the system's.
    check(
        value.str_at(&["claimMappings", "username", "prefix"]).is_some(),
        &["claimMappings", "username", "prefix"],
        "must be there; it may be empty",
    );
    check(
        issuer.groups.is_none() || value.str_at(&["claimMappings", "groups", "prefix"]).is_some(),
        &["claimMappings", "groups", "prefix"],
        "must be there; it may be empty",
    );
    check(
        issuer.required.iter().all(|(claim, _)| !claim.is_empty()),
        &["claimValidationRules"],
        "must name a claim in each rule",
    );
    faults
}

#[cfg(test)]
mod tests {
    use crate::homelab::parse;

    const START: &str =
        "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nspec:\n  authentication:\n    jwt:\n";

    #[test]
    fn an_issuer_is_read_whole() {
        let (homelab, said) = parse(&format!(
            "{START}    - issuer: {{url: https://id.example.com/, audiences: [amethyst]}}\n      \
             claimMappings:\n        username: {{claim: email, prefix: 'oidc:'}}\n        groups: {{claim: groups, prefix: ''}}\n      \
             claimValidationRules: [{{claim: hd, requiredValue: example.com}}]\n"
        ));
        assert_eq!(said, []);
        let issuer = &homelab.issuers[0];
        assert_eq!((issuer.url.as_str(), issuer.audiences.len()), ("https://id.example.com/", 1));
        assert_eq!((issuer.username.claim.as_str(), issuer.username.prefix.as_str()), ("email", "oidc:"));
        assert_eq!(issuer.required, [("hd".to_owned(), "example.com".to_owned())]);
    }

    #[test]
    fn what_would_let_the_wrong_ones_in_is_told() {
        let (_, said) = parse(&format!(
            "{START}    - issuer: {{url: http://id.example.com}}\n      claimMappings:\n        username: {{expression: claims.sub}}\n"
        ));
        let lines: Vec<String> = said.iter().map(ToString::to_string).collect();
        let has = |text: &str| lines.iter().any(|line| line.contains(text));
        assert!(
            has("unknown field `spec.authentication.jwt[0].claimMappings.username.expression`"),
            "{lines:?}"
        );
        assert!(has("`spec.authentication.jwt[0].issuer.url` must be a URL"), "{lines:?}");
        assert!(has("issuer.audiences` must name at least one"), "{lines:?}");
        assert!(has("username.prefix` must be there"), "{lines:?}");
    }
}
