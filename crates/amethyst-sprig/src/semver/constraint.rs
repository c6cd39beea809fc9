//! Ranges of versions: `>=1.2 <2 || ~3.1`, `1.2 - 1.4`, `1.x`, `^0.3`.
//!
//! A pre-release satisfies a group only when a constraint of that group names a pre-release.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use super::version::{SemverError, Version, compare_prereleases};
use crate::print::quoted;

const LENGTH_MAX: usize = 512;
const GROUPS_MAX: usize = 32;

/// Constraints: alternatives of groups that must hold whole.
#[derive(Clone, Debug)]
pub struct Constraints {
    groups: Vec<Group>,
    includes_prereleases: bool,
}

#[derive(Clone, Debug)]
struct Group {
    constraints: Vec<Constraint>,
    names_prerelease: bool,
}

#[derive(Clone, Debug)]
struct Constraint {
    operator: Operator,
    /// The operator and version as they were written.
    operator_text: String,
    original: String,
    version: Version,
    /// Which part was left out or written as `x`, the first of them.
    open: Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    None,
    Major,
    Minor,
    Patch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// The expressions that tell constraints apart; the shapes that they accept are upstream's.
struct Patterns {
    one: Regex,
    find: Regex,
    group: Regex,
    range: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let space = r"[\t\n\f\r ]";
    let number = r"[0-9|xX*]+";
    let words = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*";
    let version = format!(r"v?({number})(\.{number})?(\.{number})?(-{words})?(?:\+{words})?");
    let uncaptured = format!(r"v?{number}(?:\.{number})?(?:\.{number})?(?:-{words})?(?:\+{words})?");
    let operator = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
    let constraint = format!(r"(?:{operator}){space}*(?:{uncaptured}){space}*");
    Some(Patterns {
        one: Regex::new(&format!(r"^{space}*({operator}){space}*({version}){space}*$")).ok()?,
        find: Regex::new(&format!(r"(?:{operator}){space}*(?:{uncaptured})")).ok()?,
        group: Regex::new(&format!(r"^{space}*{constraint}(?:(?:{space}+|,{space}*){constraint})*$")).ok()?,
        range: Regex::new(&format!(r"{space}*({uncaptured}){space}+-{space}+({uncaptured}){space}*")).ok()?,
    })
});

impl Constraints {
    /// Reads constraints as `semver.NewConstraint` does.
    pub fn parse(text: &str) -> Result<Self, SemverError> {
        if text.len() > LENGTH_MAX {
            return Err(SemverError::ConstraintTooLong);
        }
        let patterns = PATTERNS.as_ref().ok_or(SemverError::ConstraintVersion)?;
        let text = without_ranges(text, patterns);
        let alternatives: Vec<&str> = text.split("||").collect();
        if alternatives.len() > GROUPS_MAX {
            return Err(SemverError::ConstraintGroups);
        }
        let groups =
            alternatives.into_iter().map(|text| Group::parse(text, patterns)).collect::<Result<_, _>>()?;
        Ok(Self { groups, includes_prereleases: false })
    }

    /// Lets pre-releases satisfy constraints that name none: `IncludePrerelease`.
    #[must_use]
    pub fn including_prereleases(mut self) -> Self {
        self.includes_prereleases = true;
        self
    }

    /// Whether a version satisfies them.
    pub fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let includes = self.includes_prereleases || group.names_prerelease;
            group.constraints.iter().all(|constraint| constraint.fault(version, includes).is_none())
        })
    }

    /// Why a version does not satisfy them, in upstream's words; none when it does.
    pub fn validate(&self, version: &Version) -> Result<(), Vec<String>> {
        let mut faults = Vec::new();
        let mut told = false;
        for group in &self.groups {
            let includes = self.includes_prereleases || group.names_prerelease;
            let before = faults.len();
            let mut holds = true;
            for constraint in &group.constraints {
                if !includes && !version.prerelease().is_empty() {
                    if !std::mem::replace(&mut told, true) {
                        faults.push(only_releases(version));
                    }
                    holds = false;
                } else if let Some(fault) = constraint.fault(version, includes) {
                    faults.push(fault);
                }
            }
            if holds && faults.len() == before {
                return Ok(());
            }
        }
        Err(faults)
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.groups.iter().enumerate() {
            if index > 0 {
                f.write_str(" || ")?;
            }
            for (index, constraint) in group.constraints.iter().enumerate() {
                if index > 0 {
                    f.write_str(" ")?;
                }
                write!(f, "{}{}", constraint.operator_text, constraint.original)?;
            }
        }
        Ok(())
    }
}

/// `1.2 - 1.4` as two comparisons.
fn without_ranges(text: &str, patterns: &Patterns) -> String {
    let mut result = text.to_owned();
    for found in patterns.range.captures_iter(text) {
        let comparisons = format!(">= {}, <= {} ", &found[1], &found[2]);
        result = result.replacen(&found[0], &comparisons, 1);
    }
    result
}

impl Group {
    fn parse(text: &str, patterns: &Patterns) -> Result<Self, SemverError> {
        if !patterns.group.is_match(text) {
            return Err(SemverError::Constraint(quoted(text)));
        }
        let constraints: Vec<Constraint> = patterns
            .find
            .find_iter(text)
            .map(|found| Constraint::parse(found.as_str(), patterns))
            .collect::<Result<_, _>>()?;
        let names_prerelease =
            constraints.iter().any(|constraint| !constraint.version.prerelease().is_empty());
        Ok(Self { constraints, names_prerelease })
    }
}

fn only_releases(version: &Version) -> String {
    let version = quoted(&version.to_string());
    format!("{version} is a prerelease version and the constraint is only looking for release versions")
}

impl Constraint {
    fn parse(text: &str, patterns: &Patterns) -> Result<Self, SemverError> {
        let parts = patterns.one.captures(text).ok_or_else(|| SemverError::Constraint(quoted(text)))?;
        let part = |index| parts.get(index).map_or("", |part| part.as_str());
        let is_open = |text: &str| matches!(text.strip_prefix('.').unwrap_or(text), "" | "x" | "X" | "*");
        let (major, minor, patch, prerelease) = (part(3), part(4), part(5), part(6));
        let (open, version) = if is_open(major) {
            (Open::Major, format!("0.0.0{prerelease}"))
        } else if is_open(minor) {
            (Open::Minor, format!("{major}.0.0{prerelease}"))
        } else if is_open(patch) {
            (Open::Patch, format!("{major}{minor}.0{prerelease}"))
        } else {
            (Open::None, part(2).to_owned())
        };
        let operator = match part(1) {
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterEqual,
            "<=" | "=<" => Operator::LessEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => Operator::Equal,
        };
        Ok(Self {
            operator,
            operator_text: part(1).to_owned(),
            original: part(2).to_owned(),
            version: Version::parse(&version).map_err(|_| SemverError::ConstraintVersion)?,
            open,
        })
    }

    /// Why the version does not satisfy it.
    fn fault(&self, version: &Version, includes_prereleases: bool) -> Option<String> {
        if !version.prerelease().is_empty() && !includes_prereleases {
            return Some(only_releases(version));
        }
        let why = match self.operator {
            Operator::Equal if self.open != Open::None => self.tilde(version),
            Operator::Equal if version.compare(&self.version).is_eq() => None,
            Operator::Equal => Some("is not equal to"),
            Operator::NotEqual => self.not_equal(version),
            Operator::Greater => self.greater(version),
            Operator::Less if version.compare(&self.version).is_lt() => None,
            Operator::Less => Some("is greater than or equal to"),
            Operator::GreaterEqual if version.compare(&self.version).is_ge() => None,
            Operator::GreaterEqual => Some("is less than"),
            Operator::LessEqual => self.less_equal(version),
            Operator::Tilde => self.tilde(version),
            Operator::Caret => return self.caret(version),
        };
        why.map(|why| self.told(version, why))
    }

    fn told(&self, version: &Version, why: &str) -> String {
        format!("{} {why} {}", quoted(&version.to_string()), quoted(&self.original))
    }

    fn not_equal(&self, version: &Version) -> Option<&'static str> {
        let mine = &self.version;
        let equal = Some("is equal to");
        if self.open != Open::None {
            if mine.major() != version.major() || mine.minor() != version.minor() && self.open != Open::Minor
            {
                return None;
            }
            if self.open == Open::Minor {
                return equal;
            }
            if self.open == Open::Patch {
                let has_prerelease = !version.prerelease().is_empty() || !mine.prerelease().is_empty();
                let differs = compare_prereleases(version.prerelease(), mine.prerelease()).is_ne();
                return if has_prerelease && differs { None } else { equal };
            }
            if mine.patch() != version.patch() {
                return None;
            }
        }
        if version.compare(mine).is_eq() { equal } else { None }
    }

    fn greater(&self, version: &Version) -> Option<&'static str> {
        let mine = &self.version;
        let holds = match self.open {
            _ if self.open != Open::None && version.major() != mine.major() => version.major() > mine.major(),
            Open::Minor => false,
            Open::Patch => version.minor() > mine.minor(),
            Open::None | Open::Major => version.compare(mine).is_gt(),
        };
        (!holds).then_some("is less than or equal to")
    }

    fn less_equal(&self, version: &Version) -> Option<&'static str> {
        let mine = &self.version;
        let holds = match self.open {
            Open::None => version.compare(mine).is_le(),
            _ if version.major() > mine.major() => false,
            Open::Minor => true,
            _ => version.major() != mine.major() || version.minor() <= mine.minor(),
        };
        (!holds).then_some("is greater than")
    }

    fn tilde(&self, version: &Version) -> Option<&'static str> {
        let mine = &self.version;
        if version.compare(mine).is_lt() {
            return Some("is less than");
        }
        let is_zero = (mine.major(), mine.minor(), mine.patch()) == (0, 0, 0);
        if is_zero && !matches!(self.open, Open::Minor | Open::Patch) {
            return None;
        }
        if version.major() != mine.major() {
            return Some("does not have same major version as");
        }
        if version.minor() != mine.minor() && self.open != Open::Minor {
            return Some("does not have same major and minor version as");
        }
        None
    }

    fn caret(&self, version: &Version) -> Option<String> {
        let mine = &self.version;
        let told = |why| Some(self.told(version, why));
        if version.compare(mine).is_lt() {
            return told("is less than");
        }
        if mine.major() > 0 || self.open == Open::Minor {
            return if version.major() == mine.major() {
                None
            } else {
                told("does not have same major version as")
            };
        }
        if version.major() > 0 {
            return told("does not have same major version as");
        }
        if mine.minor() > 0 || self.open == Open::Patch {
            if version.minor() == mine.minor() {
                return None;
            }
            let why = self.told(version, "does not have same minor version as");
            return Some(format!(
                "{why}. Expected minor versions to match when constraint major version is 0"
            ));
        }
        if version.minor() > 0 {
            return told("does not have same minor version as");
        }
        if version.patch() == mine.patch() {
            return None;
        }
        let why = self.told(version, "does not equal");
        Some(format!("{why}. Expect version and constraint to equal when major and minor versions are 0"))
    }
}
