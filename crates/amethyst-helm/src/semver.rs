//! Versions and constraints in Masterminds' sense, as far as charts need them.

/// Whether a text is a version, loosely: `v1.2` is one.
pub(crate) fn is_version(text: &str) -> bool {
    Version::parse(text).is_some()
}

/// Helm's `IsCompatibleRange`: whether a version satisfies a constraint; a broken one satisfies nothing.
pub(crate) fn is_compatible_range(constraint: &str, version: &str) -> bool {
    let Some(version) = Version::parse(version) else { return false };
    let mut satisfied = false;
    for alternative in constraint.split("||") {
        match all_hold(alternative, &version) {
            Some(holds) => satisfied |= holds,
            None => return false,
        }
    }
    satisfied
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    numbers: [u64; 3],
    /// How many numbers were written.
    written: usize,
    pre: Vec<String>,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = match text.split_once('+') {
            Some((_, "")) => return None,
            Some((text, _)) => text,
            None => text,
        };
        let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() > 3 {
            return None;
        }
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(&parts) {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *number = part.parse().ok()?;
        }
        let pre: Vec<String> = pre.map_or(Vec::new(), |pre| pre.split('.').map(str::to_owned).collect());
        let allowed = |part: &String| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        pre.iter().all(allowed).then_some(Self { numbers, written: parts.len(), pre })
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        use std::cmp::Ordering;
        let by_numbers = self.numbers.cmp(&other.numbers);
        if by_numbers != Ordering::Equal {
            return by_numbers;
        }
        match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        for (a, b) in self.pre.iter().zip(&other.pre) {
            let by_part = match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            };
            if by_part != Ordering::Equal {
                return by_part;
            }
        }
        self.pre.len().cmp(&other.pre.len())
    }
}

fn all_hold(text: &str, version: &Version) -> Option<bool> {
    let text = text.trim();
    if let Some((low, high)) = text.split_once(" - ") {
        return Some(holds(">=", low.trim(), version)? && holds("<=", high.trim(), version)?);
    }
    let mut holds_all = true;
    let mut rest = text.replace(',', " ");
    if rest.trim().is_empty() {
        rest = "*".to_owned();
    }
    let mut rest = rest.trim();
    while !rest.is_empty() {
        let operator_end = rest.find(|character: char| !"=!<>~^".contains(character))?;
        let (operator, after) = rest.split_at(operator_end);
        let after = after.trim_start();
        let end = after.find(|character: char| character.is_whitespace() || "=!<>~^".contains(character));
        let (operand, after) = after.split_at(end.unwrap_or(after.len()));
        holds_all &= holds(operator, operand, version)?;
        rest = after.trim_start();
    }
    Some(holds_all)
}

fn holds(operator: &str, operand: &str, version: &Version) -> Option<bool> {
    let bare = operand.strip_prefix('v').unwrap_or(operand);
    let mut written = Vec::new();
    let mut wild = false;
    let (numbers, tail) = bare.find(['-', '+']).map_or((bare, ""), |at| bare.split_at(at));
    for part in numbers.split('.') {
        if matches!(part, "x" | "X" | "*") {
            wild = true;
            break;
        }
        written.push(part);
    }
    let wanted = if written.is_empty() && wild {
        Version { numbers: [0; 3], written: 0, pre: Vec::new() }
    } else {
        Version::parse(&format!("{}{tail}", written.join(".")))?
    };
    // A version with a prerelease satisfies only constraints that name one.
    if !version.pre.is_empty() && wanted.pre.is_empty() {
        return Some(false);
    }
    let order = version.compare(&wanted);
    let dirty = wanted.written < 3;
    let same = |count: usize| version.numbers[..count] == wanted.numbers[..count];
    Some(match operator {
        "" | "=" if dirty => order.is_ge() && same(wanted.written),
        "" | "=" => order.is_eq(),
        "!=" if dirty => !same(wanted.written),
        "!=" => order.is_ne(),
        ">" if dirty => order.is_ge() && !same(wanted.written),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        ">=" | "=>" => order.is_ge(),
        "<=" | "=<" if dirty => order.is_le() || same(wanted.written),
        "<=" | "=<" => order.is_le(),
        "~" | "~>" => order.is_ge() && same(wanted.written.min(2)),
        "^" => {
            let fixed = match wanted.numbers {
                [major, _, _] if major > 0 || wanted.written <= 1 => wanted.written.min(1),
                [_, minor, _] if minor > 0 || wanted.written == 2 => 2,
                _ => 3,
            };
            order.is_ge() && same(fixed)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_compatible_range;

    #[test]
    fn constraints_hold_as_in_masterminds() {
        let cases = [
            (">=1.28.0-0", "v1.37.0", true),
            (">=1.28.0", "1.28.0-rc.1", false),
            ("~1.2", "1.2.9", true),
            ("~1.2", "1.3.0", false),
            ("^1.2.3", "1.9.0", true),
            ("^0.2.3", "0.3.0", false),
            ("1.x", "1.9.0", true),
            ("*", "4.0.0", true),
            (">= 1.2, < 3.0.0 || >= 4.2.3", "4.2.4", true),
            (">= 1.2 < 3.0.0", "3.0.0", false),
            ("1.2 - 1.4.5", "1.4.5", true),
            ("", "1.0.0", true),
            ("nonsense", "1.0.0", false),
        ];
        for (constraint, version, expected) in cases {
            assert_eq!(is_compatible_range(constraint, version), expected, "{constraint} on {version}");
        }
    }
}
