//! The registry: every kind's create, get, list, watch, update, patch and delete, over one store.
//!
//! One pipeline serves all kinds; a kind is a row of the catalog. What differs per kind are the hooks of
//! `strategy`. The registry knows no HTTP: the edge hands it a [`Call`] and a decoded [`Body`] and gets
//! back objects as bytes ([`Rendered`]).

mod call;
pub(crate) mod convert;
mod create;
pub(crate) mod decode;
mod delete;
mod eviction;
mod flow_control;
pub(crate) mod managed;
pub(crate) mod metadata;
mod patch;
pub(crate) mod read;
mod rendered;
mod review;
mod scale;
pub(crate) mod scan;
mod select;
pub(crate) mod start;
mod strict;
mod subresource;
mod token;
mod update;
mod validate;
mod watch;
pub(crate) mod write;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use amethyst_admission::Plugin;
use amethyst_clock::{Clock, Entropy};
use amethyst_store::{Revision, Store};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::admission::Chain;
use crate::catalog::{Catalog, Publisher, Resource};
use crate::certificates::Authority;
use crate::identity::Identity;
use crate::rbac::{Access, Index};
use crate::record::Entry;
use crate::request::ListOptions;
use crate::status::Status;

pub use call::{Body, Call, DeleteOptions, PatchKind, Preconditions, Propagation, Warnings};
pub use rendered::Rendered;
pub use start::StartError;
pub use watch::{Watch, WatchEvent};

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<Core>);

/// What all handles of a registry share.
pub(crate) struct Core {
    pub(crate) store: Store<Entry>,
    pub(crate) options: RegistryOptions,
    catalog: ArcSwap<Catalog>,
    publisher: Mutex<Publisher>,
    admission: Chain,
    catalog_changes: tokio::sync::watch::Sender<u64>,
    access: Access,
}

/// What a registry needs besides its store.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// The time of timestamps and timers.
    pub clock: Clock,
    /// Where uids and generated names come from.
    pub entropy: Entropy,
    /// Where cluster IPs come from: network and prefix length.
    pub service_cidr: (std::net::Ipv4Addr, u8),
    /// Where node ports come from.
    pub node_ports: std::ops::RangeInclusive<u16>,
    /// The certificate authority that `kube-root-ca.crt` carries.
    pub root_ca_pem: String,
    /// Whose tokens count, and what signs them.
    pub identity: Identity,
    /// Where the `kubernetes` Service leads to.
    pub advertise: Option<std::net::SocketAddr>,
    /// Who looks at writes besides the server's own plugins.
    pub plugins: Vec<Arc<dyn Plugin>>,
    /// What the server itself may dial: webhooks by URL.
    pub outbound: Arc<dyn amethyst_http::Gate>,
}

/// What a write answers.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An object.
    Object {
        /// The object.
        object: Rendered,
        /// Whether this very request made it (201).
        created: bool,
    },
    /// A `metav1.Status` of success.
    Status(amethyst_object::Value),
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The objects.
    pub items: Vec<Rendered>,
    /// The revision that the list is of.
    pub resource_version: Revision,
    /// Where the next page begins.
    pub continue_token: Option<String>,
    /// How many objects are left, when that is known.
    pub remaining: Option<u64>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("catalog", &self.0.catalog.load().generation).finish_non_exhaustive()
    }
}

impl Registry {
    /// Opens a registry over `store`: builds the catalog and makes what must always be there.
    pub async fn start(store: Store<Entry>, options: RegistryOptions) -> Result<Self, StartError> {
        start::start(store, options).await
    }

    /// Starts what goes on beside requests: garbage collection, the ends of namespaces, ...
    pub fn spawn_background(&self, tasks: &mut JoinSet<()>, shutdown: &CancellationToken) {
        crate::background::spawn(self, tasks, shutdown);
    }

    /// Starts the cluster's own signers of certificates: they answer CertificateSigningRequests.
    pub fn spawn_signers(&self, authority: Authority, tasks: &mut JoinSet<()>, shutdown: &CancellationToken) {
        crate::background::spawn_signers(self, authority, tasks, shutdown);
    }

    /// What is served now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog.load_full()
    }

    /// Counts the catalog's publications.
    pub fn catalog_changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.catalog_changes.subscribe()
    }

    /// The store below.
    pub fn store(&self) -> &Store<Entry> {
        &self.0.store
    }

    /// Creates an object (POST on a collection) or a subresource's object.
    pub async fn create(&self, call: &Call, body: Body) -> Result<Outcome, Status> {
        call.begin()?;
        create::create(self, call, body).await
    }

    /// Replaces an object or a subresource (PUT).
    pub async fn update(&self, call: &Call, body: Body) -> Result<Outcome, Status> {
        call.begin()?;
        update::update(self, call, body).await
    }

    /// Patches an object or a subresource; an apply of a missing object creates it.
    pub async fn patch(&self, call: &Call, kind: PatchKind, body: Body) -> Result<Outcome, Status> {
        call.begin()?;
        patch::patch(self, call, kind, body).await
    }

    /// Deletes an object, or marks it for deletion.
    pub async fn delete(&self, call: &Call, options: DeleteOptions) -> Result<Outcome, Status> {
        call.begin()?;
        delete::delete(self, call, options).await
    }

    /// Deletes what a list finds; gives the objects as they were.
    pub async fn delete_collection(
        &self,
        call: &Call,
        list: &ListOptions,
        options: DeleteOptions,
    ) -> Result<Page, Status> {
        call.begin()?;
        delete::delete_collection(self, call, list, options).await
    }

    /// Reads an object or a subresource.
    pub fn get(&self, call: &Call, resource_version: &str) -> Result<Rendered, Status> {
        call.begin()?;
        read::get(self, call, resource_version)
    }

    /// Lists objects.
    pub fn list(&self, call: &Call, options: &ListOptions) -> Result<Page, Status> {
        call.begin()?;
        read::list(self, call, options)
    }

    /// Watches objects.
    pub fn watch(&self, call: &Call, options: &ListOptions) -> Result<Watch, Status> {
        call.begin()?;
        watch::watch(self, call, options)
    }

    /// Whose tokens count, and what signs them.
    pub(crate) fn identity(&self) -> &Identity {
        &self.0.options.identity
    }

    pub(crate) fn admission(&self) -> &Chain {
        &self.0.admission
    }

    /// Who may do what, as of the newest state of the store.
    pub(crate) fn access(&self) -> Arc<Index> {
        self.0.access.index(&self.0.store)
    }

    pub(crate) fn options(&self) -> &RegistryOptions {
        &self.0.options
    }

    /// Called after each commit: a definition that changed is served from now on.
    pub(crate) fn committed(&self, resource: &Resource) {
        if resource.storage.group == "apiextensions.k8s.io" {
            self.publish();
        }
        if crate::admission::configures(&resource.storage.group) {
            self.0.admission.refresh(&self.0.store.snapshot());
        }
    }

    /// Makes the catalog that of the definitions now in the store.
    pub(crate) fn publish(&self) {
        let mut publisher = self.0.publisher.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.0.catalog.load();
        if let Some(catalog) = publisher.publish(&self.0.store.snapshot(), current.generation) {
            let generation = catalog.generation;
            self.0.catalog.store(Arc::new(catalog));
            self.0.catalog_changes.send_replace(generation);
        }
    }

    /// The resource as it is served now: a definition may have changed since the request began.
    pub(crate) fn current(&self, resource: &Arc<Resource>) -> Arc<Resource> {
        if !resource.is_custom() {
            return Arc::clone(resource);
        }
        let gvr = &resource.gvr;
        let catalog = self.0.catalog.load();
        catalog
            .resource(&gvr.group, &gvr.version, &gvr.resource)
            .map_or_else(|| Arc::clone(resource), Arc::clone)
    }
}

#[cfg(test)]
pub(crate) mod tests;
