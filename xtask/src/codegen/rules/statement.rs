//! One statement of generated validation as one line of the table.

use std::collections::BTreeMap;

/// The sets of strings that a file declares, by the name of the variable: enumerations and members of unions.
pub(super) fn sets(lines: &[&str], constants: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in lines.iter().filter_map(|line| line.strip_prefix("var ")) {
        let Some((name, value)) = line.split_once(" = ") else { continue };
        let members: Vec<String> = if let Some(list) = value.strip_prefix("sets.New(") {
            let names = list.trim_end_matches(')').split(", ");
            names
                .map(|name| name.rsplit('.').next().unwrap_or(name))
                .map(|name| constants.get(name).cloned().unwrap_or_else(|| name.trim_matches('"').to_owned()))
                .collect()
        } else {
            let parts = value.split("NewUnionMember(\"").skip(1);
            parts.filter_map(|part| part.split_once("\")")).map(|(name, _)| name.to_owned()).collect()
        };
        let mut members = members;
        if value.starts_with("sets.New(") {
            members.sort();
        }
        found.insert(name.to_owned(), members.join(","));
    }
    found
}

/// Reads the statement that begins here; tells how many further lines it takes.
pub(super) fn read(lines: &[&str], sets: &BTreeMap<String, String>) -> Option<(String, usize)> {
    let first = lines.first()?.trim();
    if let Some(call) = first.strip_prefix("errs = append(errs, ")
        && let Some((name, _)) = call.split_once("(ctx, op, fldPath, obj, oldObj)")
    {
        let name = type_name(name)?;
        return Some((format!("type {name}"), 0));
    }
    if !first.starts_with("if e := ") {
        return None;
    }
    let end = lines.iter().position(|line| line.contains("; len(e) != 0 {"))?;
    let text: Vec<&str> = lines[..=end].iter().map(|line| line.trim()).collect();
    let text = text.join(" ");
    let text = text.strip_prefix("if e := ")?;
    let (text, _) = text.rsplit_once("; len(e) != 0 {")?;
    let tells = lines.get(end + 1).is_some_and(|line| line.contains("append(errs, e...)"));
    let stops = text.contains(".MarkShortCircuit()");
    let mark = match (text.contains(".MarkAlpha()"), tells, stops) {
        (_, false, _) | (true, true, true) => " ?",
        (true, true, false) => " ~",
        (false, true, true) => " !",
        (false, true, false) => "",
    };
    Some((format!("{}{mark}", rule(text, sets)?), end))
}

/// `validation.Validate_ObjectMeta` and its like are only tried out.
fn type_name(name: &str) -> Option<String> {
    let (package, name) = name.split_once("Validate_")?;
    match package.trim_end_matches('.') {
        "" => Some(name.to_owned()),
        "corev1" => Some(format!("core/v1.{name}")),
        _ => None,
    }
}

fn rule(text: &str, sets: &BTreeMap<String, String>) -> Option<String> {
    let call = text.strip_prefix("validate.")?;
    let (name, rest) = call.split_once("(ctx, op, fldPath, obj, oldObj")?;
    let rest = rest.trim_start_matches([',', ' ']);
    let number = || rest.split(')').next().unwrap_or_default().to_owned();
    Some(match name {
        "OptionalSlice" | "OptionalMap" | "OptionalValue" | "RequiredSlice" | "RequiredMap"
        | "RequiredValue" => "needed".to_owned(),
        "OptionalPointer" | "RequiredPointer" => "set".to_owned(),
        "ForbiddenPointer" => "unset".to_owned(),
        "Immutable" => "immutable".to_owned(),
        "MaxItems" => format!("max-items {}", number()),
        "MaxBytes" => format!("max-bytes {}", number()),
        "MaxLength" => format!("max-length {}", number()),
        "Minimum" => format!("minimum {}", number()),
        "Maximum" => format!("maximum {}", number()),
        "Enum" => format!("enum {}", sets.get(rest.split(',').next()?)?),
        "Union" => format!("union {}", sets.get(rest.split(',').next()?)?),
        "ZeroOrOneOfUnion" | "DependentRequired" | "DependentForbidden" => return None,
        "ValSliceUnique" => format!("unique {}", keys(rest)).trim_end().to_owned(),
        "EachValSliceVal" | "EachMapVal" => {
            let each = if name == "EachMapVal" { "values" } else { "each" };
            let keys = keys(rest);
            let checked = checked(rest)?;
            format!("{each} {checked} {keys}").trim_end().to_owned()
        }
        "EachMapKey" => format!("keys {}", checked(rest)?),
        "Subfield" => {
            let field = rest.trim_start_matches('"').split('"').next()?;
            let rule = if rest.contains("validate.OptionalValue") { "needed" } else { "LongName" };
            format!("subfield {field} {rule}")
        }
        "UpdatePointer" | "UpdateValueByCompare" => {
            let limits: Vec<&str> = ["NoSet", "NoUnset", "NoModify"]
                .into_iter()
                .filter(|limit| rest.contains(&format!("validate.{limit}")))
                .collect();
            format!("update {}", limits.join(","))
        }
        "IfOption" => {
            let option = rest.trim_start_matches('"').split('"').next()?;
            let when = if rest.contains("\", true,") { "if" } else { "unless" };
            format!("{when} {option} {}", inner(rest)?)
        }
        "Discriminated" => {
            let field = rest.trim_start_matches('"').split('"').next()?;
            let discriminator = text.split("return obj.").nth(2)?.split([' ', '}']).next()?;
            let (value, rule) = text.split("Value: \"").nth(1)?.split_once('"')?;
            let needed = if rule.contains("validate.RequiredPointer") { "needed" } else { "allowed" };
            format!("member {field} {} {value} {needed}", json_name(discriminator))
        }
        other => other.to_owned(),
    })
}

/// The rule behind an option.
fn inner(rest: &str) -> Option<String> {
    if rest.contains("validate.Minimum(") {
        let number = rest.split("oldObj, ").nth(1)?.split(')').next()?;
        return Some(format!("minimum {number}"));
    }
    let name = rest.rsplit("validate.").next()?.split([')', ',']).next()?;
    Some(match name {
        "ForbiddenPointer" => "unset".to_owned(),
        "OptionalPointer" => "set".to_owned(),
        other => other.to_owned(),
    })
}

/// What is asked of each element: a type or one rule.
fn checked(rest: &str) -> Option<String> {
    if rest.contains("validate.MaxBytes(") {
        return None;
    }
    let last = rest.rsplit(", ").next().unwrap_or(rest);
    let last = last.split(')').next().unwrap_or(last);
    match last.strip_prefix("validate.") {
        Some(rule) => Some(rule.to_owned()),
        None => type_name(last).map(|name| format!("@{name}")),
    }
}

/// The fields that two elements are compared by.
fn keys(rest: &str) -> String {
    let mut keys: Vec<String> = Vec::new();
    for part in rest.split(" == b.").skip(1) {
        let name = part.split(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or_default();
        let name = json_name(name);
        if !keys.contains(&name) {
            keys.push(name);
        }
    }
    if keys.is_empty() && rest.contains("validate.DirectEqual, nil") {
        "=".to_owned()
    } else {
        keys.join(",")
    }
}

/// A Go field's name in JSON.
fn json_name(name: &str) -> String {
    if name.chars().all(|char| char.is_ascii_uppercase()) {
        return name.to_lowercase();
    }
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}
