//! Versions and ranges as Masterminds/semver 3.5 reads them, which is how Helm and Flux read versions of
//! charts, of Kubernetes and of OCI tags.

mod constraint;
mod native;
mod version;

use amethyst_gotemplate::{Function, Value};

use crate::arguments::{STRING, fixed, text};

pub use constraint::Constraints;
pub use version::{SemverError, Version};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("semver", &[STRING], |_, a| {
        Ok(Version::parse(&text(a, 0)).map_err(|error| error.to_string())?.into())
    }),
    fixed("semverCompare", &[STRING, STRING], |_, a| {
        let constraints = Constraints::parse(&text(a, 0)).map_err(|error| error.to_string())?;
        let version = Version::parse(&text(a, 1)).map_err(|error| error.to_string())?;
        Ok(Value::Bool(constraints.check(&version)))
    }),
];
