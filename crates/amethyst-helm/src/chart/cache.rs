//! What is made of a chart once, and shared by all who render it.

mod encoding;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use amethyst_gotemplate::{Functions, ParseError, Templates};

use crate::render::Context;
use crate::render::sorted;
use crate::schema::Compiled;

/// How many sets of subcharts are kept. A set is made by which subcharts are enabled; one chart seldom sees
/// more than a few.
const SETS_MAX: usize = 16;

/// How many functions there are, and the charts that take part, by their paths.
type Set = (usize, Vec<(String, usize)>);

/// Compiled templates by the subcharts that take part, and the compiled schema.
#[derive(Default)]
pub(crate) struct Cache {
    templates: Mutex<HashMap<Set, Templates>>,
    pub(crate) schema: OnceLock<Compiled>,
}

impl Cache {
    /// The templates of all charts of a release in one set. The error is the template that is none.
    pub(crate) fn templates(
        &self,
        contexts: &[Context],
        functions: &Functions,
    ) -> Result<Templates, (String, ParseError)> {
        // Which functions there are decides over what parses. The charts live as long as this one, which holds
        // them, so no other ever has the address of one.
        let charts = contexts.iter().map(|context| (context.path.clone(), context.address()));
        let key = (functions.names().count(), charts.collect());
        if let Some(templates) = self.templates.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(templates.clone());
        }
        let mut builder = Templates::builder(functions);
        for (_, name, text) in sorted(contexts) {
            let found = encoding::check(&name, text).and_then(|()| builder.parse_shared(&name, &name, text));
            found.map_err(|error| (name.clone(), error))?;
        }
        let templates = builder.build();
        let mut kept = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SETS_MAX {
            kept.clear();
        }
        kept.insert(key, templates.clone());
        Ok(templates)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
