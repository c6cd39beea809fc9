//! Objects and lists in the shape that was asked for.

use amethyst_object::json;
use http::StatusCode;

use super::answer::{self, Answer, Pretty};
use super::negotiate::Shape;
use super::table::{Printer, TableMeta, partial};
use crate::catalog::Resource;
use crate::registry::{Page, Rendered};

/// Renders what the registry gave.
pub(crate) struct Renderer<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) shape: &'a Shape,
    pub(crate) printer: Option<Printer>,
    pub(crate) pretty: Pretty,
}

impl Renderer<'_> {
    /// One object.
    pub(crate) fn one(&self, code: StatusCode, object: &Rendered) -> Answer {
        let bytes = match (self.shape, &self.printer) {
            (Shape::Table(_), Some(printer)) => {
                let revision = object.revision().to_string();
                let meta = TableMeta { resource_version: revision, ..TableMeta::default() };
                let mut out = Vec::with_capacity(2048);
                printer.write(&meta, std::slice::from_ref(object), true, &mut out);
                out.into()
            }
            (Shape::Partial(version) | Shape::PartialList(version), _) => partial(object, *version),
            _ => object.bytes(),
        };
        answer::json_bytes(code, bytes, self.pretty)
    }

    /// A list.
    pub(crate) fn list(&self, page: &Page) -> Answer {
        let meta = TableMeta {
            resource_version: page.resource_version.to_string(),
            continue_token: page.continue_token.clone(),
            remaining: page.remaining,
        };
        let mut out = Vec::with_capacity(256 + page.items.iter().map(Rendered::length).sum::<usize>());
        match (self.shape, &self.printer) {
            (Shape::Table(_), Some(printer)) => printer.write(&meta, &page.items, true, &mut out),
            (Shape::PartialList(version) | Shape::Partial(version), _) => {
                head("PartialObjectMetadataList", version.api_version(), &meta, &mut out);
                items(&page.items, &mut out, |item, out| out.extend_from_slice(&partial(item, *version)));
            }
            _ => {
                let mut meta = meta;
                if self.resource.is_custom() {
                    // Lists of custom resources always say how they go on.
                    meta.continue_token.get_or_insert_default();
                }
                let api_version = self.resource.gvk().api_version();
                head(&self.resource.list_kind, &api_version, &meta, &mut out);
                let bare = !self.resource.is_custom();
                items(&page.items, &mut out, if bare { Rendered::write_bare } else { Rendered::write });
            }
        }
        answer::json_bytes(StatusCode::OK, out, self.pretty)
    }
}

fn head(kind: &str, api_version: &str, meta: &TableMeta, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"kind\":");
    json::write_string(kind, out);
    out.extend_from_slice(b",\"apiVersion\":");
    json::write_string(api_version, out);
    out.extend_from_slice(b",\"metadata\":");
    meta.write(out);
}

fn items(items: &[Rendered], out: &mut Vec<u8>, write: impl Fn(&Rendered, &mut Vec<u8>)) {
    out.extend_from_slice(b",\"items\":[");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.extend_from_slice(b"]}");
}
