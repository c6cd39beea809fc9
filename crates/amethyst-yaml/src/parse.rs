//! YAML text to documents.
//!
//! What events mean (scalars, merges, aliases, limits) follows go-yaml. A document that is broken is left out and told about; its neighbours stand.

mod build;
mod events;
mod first;
mod parts;

use std::sync::Arc;

use amethyst_object::{Str, Value};

use crate::Dialect;
use crate::make::{Make, Values};
use crate::node::{Node, Trees};
use crate::raw::raw_styled;
use build::{Builder, Finished, Unfinished};
pub(crate) use build::{Content, INVALID_KEY, MERGE_WANTS_MAP, Nodes, is_merge, resolve_tagged};
pub(crate) use events::{Item, Place, Stream, control_character};
pub use first::parse_first;

/// How deep lists and maps may nest.
pub(crate) const DEPTH_MAX: usize = 500;

/// One document of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<V = Value> {
    /// What it says.
    pub value: V,
    /// The line of its first content, from 1.
    pub line: u32,
    /// Its place among the documents of the file, from 0; empty and broken ones count.
    pub index: usize,
    /// Keys that stand twice in one map. The last one won; strict readers make it an error.
    pub duplicates: Vec<Duplicate>,
}

/// A key that stands twice in one map. To strict readers of go-yaml v2 a key that a merge brings in counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: Str,
    /// The line of the later key, from 1.
    pub line: u32,
    /// The column of the later key in characters, from 1.
    pub column: u32,
    /// The line of the earlier key, from 1; of the merge that brought it in.
    pub first_line: u32,
    /// The line where the later value begins: go-yaml v2 tells that one.
    pub value_line: u32,
}

/// Text that is not YAML, or not YAML that a document can hold.
///
/// It prints as Go's libraries print it, whose lines are at times one short or missing; [`line`](Self::line)
/// is where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", prefix(.message, *.go_line))]
pub struct YamlFault {
    /// What is wrong.
    pub message: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The line that Go tells.
    pub go_line: Option<u32>,
}

impl YamlFault {
    /// A syntax error of a text that was read from its beginning.
    pub(crate) fn at_parser(problem: &crate::scan::Problem) -> Self {
        let crate::scan::Mark { line, column, .. } = problem.mark;
        let message = problem.message.clone().into_owned();
        Self { message, line: line + 1, column: column + 1, go_line: (line > 0).then_some(line + 1) }
    }
}

fn prefix(message: &str, go_line: Option<u32>) -> String {
    match go_line {
        Some(line) => format!("yaml: line {line}: "),
        // These are said by what reads go-yaml's values.
        None if message.starts_with("json: ") || message.starts_with("unsupported map key") => String::new(),
        None => "yaml: ".to_owned(),
    }
}

/// Reads all documents. Empty documents are left out but counted; a broken one becomes a fault and hides
/// none of the others.
pub fn parse_all(text: &str, dialect: Dialect) -> (Vec<Document>, Vec<YamlFault>) {
    parse_all_with(text, dialect, &mut Values)
}

/// As [`parse_all`], into the values that `make` makes.
pub fn parse_all_with<M: Make>(
    text: &str,
    dialect: Dialect,
    make: &mut M,
) -> (Vec<Document<M::Value>>, Vec<YamlFault>) {
    read_all(text, dialect, Builder::new(dialect, make, None))
}

/// As [`parse_all`] with [`Dialect::GoV3`], but scalars keep their text: see [`crate::parse_raw`].
pub(crate) fn read_raw(text: &str) -> (Vec<Document>, Vec<YamlFault>) {
    read_all(text, Dialect::GoV3, Builder::new(Dialect::GoV3, &mut Values, Some(raw_styled)))
}

fn read_all<M: Make>(
    text: &str,
    dialect: Dialect,
    mut builder: Builder<'_, M>,
) -> (Vec<Document<M::Value>>, Vec<YamlFault>) {
    let (mut documents, mut faults) = (Vec::new(), Vec::new());
    // The same text once more as trees, for documents with something odd in them.
    let mut trees: Option<Trees<'_>> = None;
    let mut trees = |index| trees.get_or_insert_with(|| Trees::new(text, dialect)).document(index);
    if let Some(fault) = events::control_character(text) {
        faults.push(fault);
        return (documents, faults);
    }
    for item in Stream::new(text, dialect) {
        match item {
            Item::Start => builder.begin(),
            Item::Event(event, place) => builder.event(event, place),
            Item::End(index) => match finish(&mut builder, || trees(index)) {
                Ok(Some(Finished { value, line, duplicates })) => {
                    documents.push(Document { value, line, index, duplicates });
                }
                Ok(None) => {}
                Err(fault) => faults.push(fault),
            },
            Item::Broken(index, fault) => faults.push(unreadable(&mut builder, || trees(index), fault)),
        }
    }
    (documents, faults)
}

type Tree = Option<Result<Arc<Node>, YamlFault>>;

/// The document of the events, or of the tree if something in them is odd.
fn finish<M: Make>(
    builder: &mut Builder<'_, M>,
    tree: impl FnOnce() -> Tree,
) -> Result<Option<Finished<M::Value>>, YamlFault> {
    match builder.finish() {
        Ok(found) => Ok(found),
        Err(Unfinished::Unreadable(fault)) => Err(fault),
        Err(Unfinished::Odd) => match tree() {
            Some(node) => builder.finish_slowly(&*node?),
            None => Ok(None),
        },
    }
}

/// The first fault of a document with this syntax error.
fn unreadable<M: Make>(
    builder: &mut Builder<'_, M>,
    tree: impl FnOnce() -> Tree,
    fault: YamlFault,
) -> YamlFault {
    match builder.take_unfinished() {
        None => fault,
        Some(Unfinished::Unreadable(fault)) => fault,
        Some(Unfinished::Odd) => tree().and_then(Result::err).unwrap_or(fault),
    }
}

/// Reads the first document; no document at all is null, as in Go.
pub fn parse_one(text: &str, dialect: Dialect) -> Result<Value, YamlFault> {
    parse_one_with(text, dialect, &mut Values)
}

/// As [`parse_one`], into the values that `make` makes.
pub fn parse_one_with<M: Make>(text: &str, dialect: Dialect, make: &mut M) -> Result<M::Value, YamlFault> {
    if let Some(fault) = events::control_character(text) {
        return Err(fault);
    }
    let mut found = None;
    let mut builder = Builder::new(dialect, make, None);
    for item in Stream::new(text, dialect) {
        match item {
            Item::Start => builder.begin(),
            Item::Event(event, place) => builder.event(event, place),
            Item::End(index) => {
                found = finish(&mut builder, || Trees::new(text, dialect).document(index))?;
                break;
            }
            Item::Broken(index, fault) => {
                return Err(unreadable(&mut builder, || Trees::new(text, dialect).document(index), fault));
            }
        }
    }
    Ok(found.map_or_else(|| make.null(), |document| document.value))
}

/// The first syntax error of a text, if it has one; nothing is built.
pub fn syntax_fault(text: &str, dialect: Dialect) -> Option<YamlFault> {
    events::control_character(text).or_else(|| {
        Stream::new(text, dialect).find_map(|item| match item {
            Item::Broken(_, fault) => Some(fault),
            Item::Start | Item::Event(..) | Item::End(_) => None,
        })
    })
}

#[cfg(test)]
mod tests;
