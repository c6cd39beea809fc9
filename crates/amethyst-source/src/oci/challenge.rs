//! `WWW-Authenticate`: how a registry wants to be asked.

/// One challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// In lower case: `bearer`, `basic`.
    pub(crate) scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// All challenges of all headers; what makes no sense is passed over.
    pub(crate) fn parse(headers: &[String]) -> Vec<Self> {
        let mut found = Vec::new();
        for header in headers {
            let mut rest = header.as_str();
            loop {
                rest = rest.trim_start_matches([' ', '\t', ',']);
                let (word, after) = token(rest);
                if word.is_empty() {
                    break;
                }
                if let Some(value) = after.strip_prefix('=') {
                    let (value, after) = value_of(value);
                    if let Some(Self { parameters, .. }) = found.last_mut() {
                        parameters.push((word.to_ascii_lowercase(), value));
                    }
                    rest = after;
                } else {
                    found.push(Self { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
                    rest = after;
                }
            }
        }
        found
    }

    /// One of its parameters.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn token(text: &str) -> (&str, &str) {
    let end = text.find([' ', '\t', ',', '=', '"']).unwrap_or(text.len());
    text.split_at(end)
}

fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = token(text);
        return (value.to_owned(), rest);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, character) in quoted.char_indices() {
        match character {
            _ if escaped => {
                value.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::Challenge;

    #[test]
    fn challenges_are_taken_apart() {
        let headers = [
            r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io", scope="repository:x/y:pull,push""#.to_owned(),
            r#"Basic realm="a \"b\"", Negotiate"#.to_owned(),
        ];
        let found = Challenge::parse(&headers);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].scheme, "bearer");
        assert_eq!(found[0].get("realm"), Some("https://auth.docker.io/token"));
        assert_eq!(found[0].get("scope"), Some("repository:x/y:pull,push"));
        assert_eq!((found[1].scheme.as_str(), found[1].get("realm")), ("basic", Some("a \"b\"")));
        assert_eq!(found[2].scheme, "negotiate");
    }

    #[test]
    fn nonsense_ends() {
        for text in ["", ",,,", "\"", "=", "a=", "Bearer realm=\"", "Bearer =x", "\u{e4}\"\u{e4}"] {
            Challenge::parse(&[text.to_owned()]);
        }
    }
}
