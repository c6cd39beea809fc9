//! Requests for objects: route, decode, call the registry, answer.

use std::sync::Arc;

use amethyst_kinds::protobuf::Encoder;
use amethyst_object::{GroupVersionKind, Value, json};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::Inner;
use super::answer::{self, Answer, Pretty};
use super::body::ResponseBody;
use super::decode::{self, Expected};
use super::limits;
use super::negotiate::{self, Format, Offer, Shape, Wanted};
use super::render::Renderer;
use super::route::{self, Route};
use super::table::{Include, Printer};
use super::watch::{self, Frames, Shaper};
use crate::audit::Trail;
use crate::catalog::Catalog;
use crate::registry::{Call, DeleteOptions, Outcome, PatchKind, Warnings};
use crate::request::{ListOptions, Query, RequestInfo, Verb, WriteOptions};
use crate::status::{Reason, Status};
use crate::user::User;

/// A request for objects, taken apart.
struct Asking<'a> {
    server: &'a Inner,
    info: &'a RequestInfo,
    route: Route,
    query: &'a Query,
    headers: &'a HeaderMap,
    call: Call,
    shape: Shape,
    format: Format,
    pretty: Pretty,
}

/// Answers a request for objects.
pub(super) async fn handle<B>(
    server: &Inner,
    user: Arc<User>,
    info: &RequestInfo,
    query: &Query,
    parts: &Parts,
    trail: &Trail,
    body: B,
) -> Result<Answer, Status>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let catalog = server.registry.catalog();
    let route = route::route(&catalog, info)?;
    let Some(seat) = server.seats.take(&user, info.verb) else {
        server.metrics.refuse();
        return Ok(limits::too_many());
    };
    let started = server.clock.instant();
    let in_flight = server.metrics.begin(info.verb);
    let call = Call {
        user,
        resource: Arc::clone(&route.resource),
        subresource: info.subresource.clone(),
        namespace: info.namespace.clone(),
        name: info.name.clone(),
        write: WriteOptions::default(),
        user_agent: text(&parts.headers, http::header::USER_AGENT),
        warnings: Warnings::default(),
        trail: trail.clone(),
    };
    let warnings = call.warnings.clone();
    let pretty = Pretty::of(query, &parts.headers);
    let wanted = negotiate::choose(&parts.headers, offer(&route, info));
    // What cannot be had is refused in the way that it was asked for, where that is known.
    let format = wanted.as_ref().map_or(Format::Json, |wanted| wanted.format);
    let answer = async {
        let Wanted { shape, format } = wanted?;
        let headers = &parts.headers;
        let asking = Asking { server, info, route, query, headers, call, shape, format, pretty };
        asking.check_shape()?;
        asking.answer(body, &catalog).await
    };
    let mut answer = answer.await.unwrap_or_else(|status| answer::status_in(&status, format, pretty));
    answer::warn(&mut answer, &warnings.take());
    for (key, text) in warnings.take_annotations() {
        trail.annotate(&key, &text);
    }
    drop((in_flight, seat));
    server.metrics.end(info, answer.status(), started.elapsed());
    Ok(answer)
}

/// What an endpoint can give: custom resources have no messages, and what is only created prints no rows.
fn offer(route: &Route, info: &RequestInfo) -> Offer {
    let GroupVersionKind { group, version, kind } = &route.gvk;
    let built_in = !route.resource.is_custom();
    let verbs = match route.resource.subresource(&info.subresource) {
        Some(subresource) => &subresource.verbs,
        None => &route.resource.verbs,
    };
    Offer {
        protobuf: built_in && Encoder::of(group, version, kind).is_some(),
        table: verbs.contains(&"get"),
        watch: info.verb == Verb::Watch,
        streams: info.subresource.is_empty() && info.name.is_empty() && verbs.contains(&"watch"),
    }
}

impl Asking<'_> {
    /// Refuses a shape that cannot be had before anything is done.
    fn check_shape(&self) -> Result<(), Status> {
        let one = !matches!(self.info.verb, Verb::List | Verb::DeleteCollection);
        let kind = &self.route.gvk.kind;
        let message = match (&self.shape, one) {
            (Shape::Partial(_), false) => {
                format!(
                    "you requested PartialObjectMetadata, but the requested object is a list (*core.{kind}List)"
                )
            }
            (Shape::PartialList(_), true) if self.info.verb != Verb::Watch => {
                format!(
                    "you requested PartialObjectMetadataList, but the requested object is not a list (*core.{kind})"
                )
            }
            _ => return Ok(()),
        };
        Err(Status::new(Reason::NotAcceptable, message))
    }

    async fn answer<B>(mut self, body: B, catalog: &Catalog) -> Result<Answer, Status>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let registry = &self.server.registry;
        match self.info.verb {
            Verb::Get => {
                let object = registry.get(&self.call, &self.query.text("resourceVersion"))?;
                Ok(self.renderer()?.one(StatusCode::OK, &object))
            }
            Verb::List => {
                let page = registry.list(&self.call, &ListOptions::from_query(self.query, false)?)?;
                Ok(self.renderer()?.list(&page))
            }
            Verb::Watch => self.watch(),
            Verb::Create => {
                self.call.write = WriteOptions::of_create(self.query)?;
                let body = self.decode(&decode::read(body).await?, catalog)?;
                self.outcome(registry.create(&self.call, body).await?, None)
            }
            Verb::Update => {
                self.call.write = WriteOptions::of_update(self.query)?;
                let body = self.decode(&decode::read(body).await?, catalog)?;
                self.outcome(registry.update(&self.call, body).await?, None)
            }
            Verb::Patch => {
                let kind = PatchKind::of(self.headers, self.is_custom())?;
                self.call.write = WriteOptions::of_patch(self.query, kind)?;
                let bytes = decode::read(body).await?;
                let body = decode::patch(kind, &bytes, &self.expected(), &known(catalog))?;
                self.call.trail.request_document(&body.value);
                self.outcome(registry.patch(&self.call, kind, body).await?, None)
            }
            Verb::Delete => {
                let options = self.delete_options(body).await?;
                self.call.write.dry_run = options.dry_run;
                self.outcome(registry.delete(&self.call, options.clone()).await?, Some(&options))
            }
            Verb::DeleteCollection => {
                let options = self.delete_options(body).await?;
                self.call.write.dry_run = options.dry_run;
                let list = ListOptions::from_query(self.query, false)?;
                let page = registry.delete_collection(&self.call, &list, options).await?;
                Ok(self.renderer()?.list(&page))
            }
        }
    }

    async fn delete_options<B>(&self, body: B) -> Result<DeleteOptions, Status>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let bytes = decode::read(body).await?;
        if self.call.trail.is_on()
            && let Ok(amethyst_object::Value::Object(mut options)) = amethyst_object::json::parse(&bytes)
        {
            // Upstream tells them in its internal version.
            options.insert("apiVersion", "meta.k8s.io/__internal");
            options.insert("kind", "DeleteOptions");
            self.call.trail.request_document(&options.into());
        }
        decode::delete_options(self.headers, &bytes, self.query)
    }

    fn is_custom(&self) -> bool {
        self.call.resource.is_custom() && self.route.gvk == self.call.resource.gvk()
    }

    fn decode(&self, bytes: &Bytes, catalog: &Catalog) -> Result<crate::registry::Body, Status> {
        decode::object(self.headers, bytes, &self.expected(), &known(catalog))
    }

    fn expected(&self) -> Expected<'_> {
        Expected { gvk: self.route.gvk.clone(), custom: self.is_custom(), name: &self.info.name }
    }

    fn renderer(&self) -> Result<Renderer<'_>, Status> {
        let printer = match &self.shape {
            Shape::Table(version) => {
                let include = Include::of(self.query)?;
                let now = self.server.clock.now();
                Some(Printer::new(&self.call.resource, &self.route.gvk, *version, include, now))
            }
            _ => None,
        };
        Ok(Renderer {
            resource: &self.call.resource,
            shape: &self.shape,
            format: self.format,
            kind: &self.route.gvk,
            printer,
            pretty: self.pretty,
        })
    }

    fn watch(self) -> Result<Answer, Status> {
        let mut options = ListOptions::from_query(self.query, true)?;
        let mut call = self.call;
        if !call.name.is_empty() {
            // `/watch/.../<name>`, the older way to watch one object.
            options.field_selector = format!("metadata.name={}", call.name);
            call.name = amethyst_object::Str::default();
        }
        let frames = match self.shape {
            Shape::Plain => Frames::Plain,
            Shape::Partial(version) | Shape::PartialList(version) => Frames::Partial(version),
            Shape::Table(version) => {
                let clock = self.server.clock.clone();
                let include = Include::of(self.query)?;
                let printer = Printer::new(&call.resource, &self.route.gvk, version, include, clock.now());
                Frames::Table(printer, clock)
            }
        };
        let running = self.server.registry.watch(&call, &options)?;
        let (media, protobuf) = match self.format {
            Format::Protobuf => ("application/vnd.kubernetes.protobuf;stream=watch", Some(self.route.gvk)),
            Format::Json | Format::Yaml => ("application/json", None),
        };
        let shaper = Shaper::new(frames, protobuf);
        let counted = self.server.metrics.watch(self.info);
        let stream = watch::frames(running, shaper, counted, self.server.shutdown.clone());
        let media = http::HeaderValue::from_static(media);
        Ok(answer::with_type(StatusCode::OK, media, ResponseBody::frames(stream)))
    }

    fn outcome(&self, outcome: Outcome, deleted: Option<&DeleteOptions>) -> Result<Answer, Status> {
        match outcome {
            Outcome::Object { object, created } => {
                // Upstream says 202 when a deletion that must not orphan has only begun.
                let begun = deleted.is_some_and(|options| options.orphan_dependents == Some(false));
                let code = match (created, begun) {
                    (true, _) => StatusCode::CREATED,
                    (_, true) => StatusCode::ACCEPTED,
                    _ => StatusCode::OK,
                };
                Ok(self.renderer()?.one(code, &object))
            }
            Outcome::Status(value) => {
                let created = deleted.is_none() && self.info.verb == Verb::Create;
                let code = if created { StatusCode::CREATED } else { StatusCode::OK };
                let kind = kind_of(&value);
                let bytes = json::to_string_in_order(&value);
                Ok(answer::formatted(code, self.format, &kind, bytes.into_bytes(), self.pretty))
            }
        }
    }
}

/// The kind that a computed answer says it is of; a Status, a review.
fn kind_of(value: &Value) -> GroupVersionKind {
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default();
    GroupVersionKind::from_api_version(text("apiVersion"), text("kind"))
}

/// Whether any endpoint takes a kind.
fn known(catalog: &Catalog) -> impl Fn(&GroupVersionKind) -> bool {
    |gvk| {
        catalog.kind(gvk).is_some()
            || catalog.all().any(|row| row.subresources.iter().any(|sub| sub.kind == *gvk))
    }
}

fn text(headers: &HeaderMap, name: http::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
