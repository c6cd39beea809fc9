//! What changes between two sets of rendered objects, told to a person who reviews the change.
//!
//! [`diff`] compares two [`Side`]s object by object and field by field, names what is dangerous about the change,
//! and gives a [`Diff`]: a value that holds no secret and that [`human`], [`json`], [`markdown`] and [`html`] turn
//! into text. Nothing here renders, reads files or asks a cluster; what a cluster would say to the change follows
//! from the objects and from what is known of their kinds.

mod change;
mod dangers;
mod diff;
mod equal;
mod images;
mod keys;
mod lines;
mod matching;
mod myers;
mod noise;
mod options;
mod output;
mod path;
mod schema;
mod secret;
mod side;
mod summary;
mod version;
mod walk;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use change::{Change, ChangeKind, Digest, FieldChange, ObjectChange};
pub use dangers::{Danger, Level};
pub use diff::{Diff, Withheld, diff};
pub use images::{ImageChange, ImageRef};
pub use lines::{Hunk, Line, Mark, TextDiff};
pub use noise::Noise;
pub use options::{DiffOptions, FieldPattern, SECRET_TEXT_BYTES_MIN};
pub use output::html::html;
pub use output::human::{HumanOptions, human};
pub use output::json::{SCHEMA, json};
pub use output::markdown::{MARKDOWN_BYTES_MAX, markdown};
pub use path::{Path, Step};
pub use side::{Failed, Origin, Producer, ProducerKind, Rendered, Side};
pub use summary::{ChartChange, Counts, Summary};
pub use version::Jump;
