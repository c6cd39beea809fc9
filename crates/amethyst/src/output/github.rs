//! GitHub workflow commands: each diagnostic an annotation on a pull request.

use amethyst_diag::{Diagnostic, Severity};

/// One workflow command.
pub(super) fn command(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(location) = &diagnostic.location {
        properties.push(format!("file={}", property(&location.file)));
        if location.line > 0 {
            properties.push(format!("line={}", location.line));
        }
        if location.column > 0 {
            properties.push(format!("col={}", location.column));
        }
    }
    properties.push(format!("title={}", property(diagnostic.code)));
    let mut text = diagnostic.message.clone();
    if let Some(object) = &diagnostic.object {
        text = format!("{object}: {text}");
    }
    if let Some(hint) = &diagnostic.hint {
        text += &format!("\nhint: {hint}");
    }
    format!("::{level} {}::{}", properties.join(","), message(&text))
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use amethyst_diag::{Diagnostic, Location};

    use super::command;

    #[test]
    fn a_command_escapes_what_would_end_it() {
        let fault = Diagnostic::error("yaml-syntax", "100% wrong\nhere")
            .at(Location::new("a,b.yaml", 3, 7))
            .hint("mend it");
        assert_eq!(
            command(&fault),
            "::error file=a%2Cb.yaml,line=3,col=7,title=yaml-syntax::100%25 wrong%0Ahere%0Ahint: mend it"
        );
    }
}
