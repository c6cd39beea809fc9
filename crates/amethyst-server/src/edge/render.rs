//! Objects and lists in the shape that was asked for.

use amethyst_kinds::protobuf::{EncodeError, Encoder, around, integer, nested, string};
use amethyst_object::{GroupVersionKind, json};
use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use super::answer::{self, Answer, PROTOBUF, Pretty};
use super::body::ResponseBody;
use super::negotiate::{Format, MetaVersion, Shape};
use super::table::{Printer, TableMeta, partial};
use crate::catalog::Resource;
use crate::registry::{Page, Rendered};

/// Renders what the registry gave.
pub(crate) struct Renderer<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) shape: &'a Shape,
    pub(crate) format: Format,
    /// The kind of the endpoint's objects.
    pub(crate) kind: &'a GroupVersionKind,
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
        let kind = match self.shape {
            Shape::Partial(version) | Shape::PartialList(version) => &partial_kind(*version, ""),
            _ => self.kind,
        };
        answer::formatted(code, self.format, kind, bytes, self.pretty)
    }

    /// A list.
    pub(crate) fn list(&self, page: &Page) -> Answer {
        let meta = TableMeta {
            resource_version: page.resource_version.to_string(),
            continue_token: page.continue_token.clone(),
            remaining: page.remaining,
        };
        if self.format == Format::Protobuf {
            return self.list_in_protobuf(page, &meta);
        }
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
        answer::formatted(StatusCode::OK, self.format, self.kind, out, self.pretty)
    }

    /// A list whose items are encoded one by one: no more than one of them is in memory as JSON.
    fn list_in_protobuf(&self, page: &Page, meta: &TableMeta) -> Answer {
        let (item, list) = match self.shape {
            Shape::PartialList(version) | Shape::Partial(version) => {
                (partial_kind(*version, ""), partial_kind(*version, "List"))
            }
            _ => {
                let kind = self.resource.gvk();
                (kind.clone(), GroupVersionKind { kind: self.resource.list_kind.clone(), ..kind })
            }
        };
        match encode_list(page, meta, &item, &list) {
            Ok(bytes) => answer::with_type(
                StatusCode::OK,
                HeaderValue::from_static(PROTOBUF),
                ResponseBody::full(bytes),
            ),
            Err(error) => answer::status(&crate::status::Status::internal(error), self.pretty),
        }
    }
}

fn partial_kind(version: MetaVersion, suffix: &str) -> GroupVersionKind {
    let version = if version == MetaVersion::V1 { "v1" } else { "v1beta1" };
    GroupVersionKind::new("meta.k8s.io", version, format!("PartialObjectMetadata{suffix}"))
}

/// Room at the front of a list for what is only known when its items are written.
const HEAD_BYTES_MAX: usize = 512;

fn encode_list(
    page: &Page,
    meta: &TableMeta,
    item: &GroupVersionKind,
    list: &GroupVersionKind,
) -> Result<Bytes, EncodeError> {
    let encoder = Encoder::of(&item.group, &item.version, &item.kind);
    let mut out = vec![0; HEAD_BYTES_MAX];
    nested(1, &mut out, |out| {
        // The link to itself, which nobody writes any more.
        string(1, &[], out);
        string(2, meta.resource_version.as_bytes(), out);
        string(3, meta.continue_token.as_deref().unwrap_or_default().as_bytes(), out);
        if let Some(remaining) = meta.remaining {
            integer(4, i64::try_from(remaining).unwrap_or(i64::MAX), out);
        }
        Ok::<(), EncodeError>(())
    })?;
    let metadata = item.kind == "PartialObjectMetadata";
    let mut object = Vec::new();
    for found in &page.items {
        object.clear();
        if metadata {
            object.extend_from_slice(&partial(found, MetaVersion::V1));
        } else {
            found.write(&mut object);
        }
        nested(2, &mut out, |out| encoder.map_or(Ok(()), |encoder| encoder.write(&object, out)))?;
    }
    let (head, tail) = around(&list.api_version(), &list.kind, out.len() - HEAD_BYTES_MAX);
    out.extend_from_slice(&tail);
    // What goes before the list is written right before it, and the rest of the room is cut off.
    let start = HEAD_BYTES_MAX.checked_sub(head.len()).expect("names of built-in kinds are short");
    out[start..HEAD_BYTES_MAX].copy_from_slice(&head);
    Ok(Bytes::from(out).slice(start..))
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
