//! What is compared: two sides of rendered objects, each with who applies it and where it was written.

use std::fmt;

use amethyst_diag::Location;
use amethyst_object::{Object, Str};

/// One side of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What it renders to, in any order.
    pub objects: Vec<Rendered>,
    /// Producers that could not be rendered on this side. What such a producer gives on the other side is
    /// withheld, so that a failed render does not read as everything removed.
    pub failed: Vec<Failed>,
}

/// A producer that could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Which one.
    pub producer: Producer,
    /// Why.
    pub reason: String,
}

/// One rendered object.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The object.
    pub object: Object,
    /// Who applies it.
    pub producer: Producer,
    /// Where it was written.
    pub origin: Origin,
}

/// What applies objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProducerKind {
    /// Flux's helm-controller.
    HelmRelease,
    /// Flux's kustomize-controller.
    #[default]
    Kustomization,
}

impl ProducerKind {
    /// The kind as Flux spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kustomization => "Kustomization",
            Self::HelmRelease => "HelmRelease",
        }
    }
}

/// Who applies an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Producer {
    /// Of which kind it is.
    pub kind: ProducerKind,
    /// Its namespace.
    pub namespace: Str,
    /// Its name.
    pub name: Str,
    /// The chart of a HelmRelease with its version: `app-template 4.1.1`.
    pub chart: Option<Str>,
}

impl Producer {
    /// Whether both are the same object, whatever the chart.
    pub fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.namespace == other.namespace && self.name == other.name
    }

    /// The producer without its chart.
    pub(crate) fn identity(&self) -> Self {
        Self { chart: None, ..self.clone() }
    }
}

/// `HelmRelease media/plex`, without the chart.
impl fmt::Display for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// Where an object was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file, relative to the repository; empty when unknown.
    pub file: Str,
    /// The line, from 1; 0 when unknown.
    pub line: u32,
    /// The column in characters, from 1; 0 when unknown.
    pub column: u32,
    /// The chart's template that printed it: `templates/deployment.yaml`.
    pub template: Option<Str>,
}

impl Origin {
    /// The place in the repository, when it is known.
    pub fn location(&self) -> Option<Location> {
        (!self.file.is_empty()).then(|| Location::new(self.file.as_str(), self.line, self.column))
    }
}

/// `apps/plex.yaml:12`, and the template in parentheses.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 && !self.file.is_empty() {
            write!(f, ":{}", self.line)?;
        }
        match &self.template {
            Some(template) if self.file.is_empty() => f.write_str(template),
            Some(template) => write!(f, " ({template})"),
            None => Ok(()),
        }
    }
}
