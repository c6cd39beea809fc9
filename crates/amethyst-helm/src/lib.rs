//! Helm charts: loading, values, rendering.
//!
//! A [`Chart`] is loaded once from a tree or an archive and shared between threads; [`render`] makes manifests
//! of it and of values, as Helm 4.3 (or 3.21) does, to the byte. Values live on one thread while a release is
//! rendered: they are maps of [`amethyst_gotemplate`], shared as Go's are. This crate does no IO: what a
//! cluster holds, schemas of other hosts, time and randomness come through traits.

mod archive;
mod capabilities;
mod chart;
mod dependencies;
mod error;
mod glob;
mod ignore;
mod lookup;
mod manifests;
mod metadata;
mod objects;
mod output;
mod render;
mod schema;
mod semver;
mod values;

pub use archive::DECOMPRESSED_SIZE_BYTES_MAX;
pub use capabilities::{
    Answers, Asked, Capabilities, DEFAULT_API_VERSIONS, DEFAULT_KUBE_VERSION, HelmVersion, KubeVersion,
};
pub use chart::{Chart, File};
pub use error::ChartError;
pub use glob::{BadPattern, path_match};
pub use lookup::{LookedUp, Lookup, ObjectView, ServedKind};
pub use manifests::{CrdFile, Hook, INSTALL_ORDER, Manifest, UNINSTALL_ORDER, sort_by_kind};
pub use metadata::{Dependency, Maintainer, Metadata};
pub use output::{
    Existing, OutputFile, OutputFlags, to_debug_output, to_output_files, to_post_rendered_output,
    to_post_renderer_input, to_template_output,
};
pub use render::{
    Release, RenderError, RenderOptions, Rendered, RenderedFiles, World, crd_files, name_from_template,
    render, render_files,
};
pub use schema::Schemas;
pub use values::{
    ValueOptions, ValueSource, ValuesError, ValuesFault, load_values, parse_file_into, parse_into,
    parse_json_into, parse_literal_into, parse_string_into,
};
