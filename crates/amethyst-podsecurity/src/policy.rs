//! What the labels of a namespace ask for (k8s.io/pod-security-admission `api/helpers.go`).

use std::fmt;

use amethyst_object::FieldPath;
use amethyst_schema::Fault;

const PREFIX: &str = "pod-security.kubernetes.io/";

/// How much is forbidden. What forbids more is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is forbidden.
    #[default]
    Privileged,
    /// Known ways out of a container are forbidden.
    Baseline,
    /// What hardening asks for is required besides.
    Restricted,
}

/// As of which minor version of Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// The newest there is.
    #[default]
    Latest,
    /// `v1.<minor>`.
    Minor(u32),
}

/// A level as of a version: `baseline:v1.30`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelVersion {
    /// The level.
    pub level: Level,
    /// As of when.
    pub version: Version,
}

/// What a namespace asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What is refused.
    pub enforce: LevelVersion,
    /// What is noted in the audit log.
    pub audit: LevelVersion,
    /// What clients are warned of.
    pub warn: LevelVersion,
}

impl Level {
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "privileged" => Ok(Self::Privileged),
            "baseline" => Ok(Self::Baseline),
            "restricted" => Ok(Self::Restricted),
            _ => Err("must be one of privileged, baseline, restricted"),
        }
    }
}

impl Version {
    fn parse(text: &str) -> Result<Self, &'static str> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        let digits = text.strip_prefix("v1.").unwrap_or_default();
        let written =
            digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        let minor = if written { digits.parse().ok() } else { None };
        minor.map(Self::Minor).ok_or("must be \"latest\" or \"v1.x\"")
    }
}

impl Policy {
    /// The policy that labels ask for, and what is wrong with them. What cannot be read of `enforce` counts
    /// as the strictest, what cannot be read of the others as nothing.
    pub fn of<'a>(label: impl Fn(&str) -> Option<&'a str>) -> (Self, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut policy = Self::default();
        let mut level = |key: &str, into: &mut Level, otherwise: Level| {
            let text = label(&format!("{PREFIX}{key}"))?;
            let parsed = Level::parse(text);
            *into = parsed.unwrap_or(otherwise);
            faults.extend(parsed.err().map(|why| (key.to_owned(), text, why)));
            Some(parsed.is_ok())
        };
        let enforced = level("enforce", &mut policy.enforce.level, Level::Restricted) == Some(true);
        level("audit", &mut policy.audit.level, Level::Privileged);
        let warned = level("warn", &mut policy.warn.level, Level::Privileged).is_some();
        let mut version = |key: &str, into: &mut Version| {
            let Some(text) = label(&format!("{PREFIX}{key}")) else { return false };
            let parsed = Version::parse(text);
            *into = parsed.unwrap_or(Version::Latest);
            faults.extend(parsed.err().map(|why| (key.to_owned(), text, why)));
            true
        };
        version("enforce-version", &mut policy.enforce.version);
        version("audit-version", &mut policy.audit.version);
        let warned_as_of = version("warn-version", &mut policy.warn.version);
        // Who enforces is warned of it, unless warnings are asked for in their own right.
        if !warned && enforced && policy.enforce.level > policy.warn.level {
            policy.warn.level = policy.enforce.level;
            if !warned_as_of {
                policy.warn.version = policy.enforce.version;
            }
        }
        (policy, in_order(faults))
    }

    /// Whether nothing is asked for at all.
    pub fn is_fully_privileged(&self) -> bool {
        [self.enforce, self.audit, self.warn].iter().all(|asked| asked.level == Level::Privileged)
    }
}

/// Faults in upstream's order: each mode's level, then its version.
fn in_order(mut faults: Vec<(String, &str, &str)>) -> Vec<Fault> {
    let modes = ["enforce", "audit", "warn"];
    let mode = |key: &str| modes.iter().position(|mode| key.starts_with(mode));
    faults.sort_by_key(|(key, ..)| (mode(key), key.len()));
    let fault = |(key, text, why): (String, &str, &str)| {
        let mut at = FieldPath::of(["metadata", "labels"]);
        at.push_map_key(format!("{PREFIX}{key}"));
        Fault::invalid(at, text, why)
    };
    faults.into_iter().map(fault).collect()
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Minor(minor) => write!(f, "v1.{minor}"),
        }
    }
}

impl fmt::Display for LevelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.level, self.version)
    }
}
