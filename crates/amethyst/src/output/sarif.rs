//! SARIF 2.1.0, for code scanning.

use std::collections::BTreeSet;

use amethyst_diag::{Diagnostic, Severity};
use serde_json::{Value, json};

/// A SARIF log with one run.
pub(super) fn log(diagnostics: &[Diagnostic]) -> Value {
    let codes: BTreeSet<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "amethyst",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| json!({"id": code})).collect::<Vec<_>>(),
            }},
            "results": diagnostics.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(diagnostic: &Diagnostic) -> Value {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut text = diagnostic.message.clone();
    if let Some(object) = &diagnostic.object {
        text += &format!(" ({object})");
    }
    if let Some(hint) = &diagnostic.hint {
        text += &format!("; hint: {hint}");
    }
    let mut result = json!({"ruleId": diagnostic.code, "level": level, "message": {"text": text}});
    if let Some(location) = &diagnostic.location {
        let mut physical = json!({"artifactLocation": {"uri": location.file}});
        if location.line > 0 {
            physical["region"] = json!({"startLine": location.line, "startColumn": location.column.max(1)});
        }
        result["locations"] = json!([{"physicalLocation": physical}]);
    }
    result
}

#[cfg(test)]
mod tests {
    use amethyst_diag::{Diagnostic, Location};

    #[test]
    fn a_result_points_at_its_place() {
        let log = super::log(&[Diagnostic::error("yaml-syntax", "wrong").at(Location::new("a.yaml", 3, 0))]);
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "yaml-syntax");
        assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0]["id"], "yaml-syntax");
    }
}
