//! All controllers together, as assembly starts them.

use std::fmt;
use std::sync::Arc;

use amethyst_clock::{Clock, Entropy};
use amethyst_controller::events::Recorder;
use amethyst_controller::{Cluster, Context, Controller, Metrics, ObjectKey, Reconcile, Wakes};
use k8s_openapi::api::core::v1::{Endpoints, Node, PersistentVolume, PersistentVolumeClaim, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{IPAddress, ServiceCIDR};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::VolumeAttributesClass;
use kube::api::PartialObjectMeta;
use kube::{Client, ResourceExt};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::disruption::{self, Disruption};
use crate::endpoints::EndpointsObjects;
use crate::informer::{Cache, Informer, Watched, key_of};
use crate::mirroring::{Mirroring, is_mirror, is_skipped};
use crate::names::{annotations, components, controllers, labels};
use crate::nodes::{Nodes, SimulatedNode};
use crate::pods;
use crate::protection::{Protected, Protection, Users, claims_of, class_of_volume, classes_of_claim};
use crate::service_cidrs::ServiceCidrs;
use crate::slices::EndpointSlices;
use crate::trigger::TriggerTimes;
use crate::ttl::Ttl;

/// How many objects each controller works on at once, as upstream's defaults.
const CONCURRENCY: usize = 5;

/// What the controllers run with.
#[derive(Clone)]
pub struct Settings {
    /// The API.
    pub client: Client,
    /// The time.
    pub clock: Clock,
    /// Chance, for delays.
    pub entropy: Entropy,
    /// The nodes of the homelab.
    pub nodes: Vec<SimulatedNode>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

/// The controllers.
pub struct Workloads(Settings);

impl fmt::Debug for Workloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workloads").finish_non_exhaustive()
    }
}

/// What several controllers watch.
struct Informers {
    services: Informer<Service>,
    pods: Informer<Pod>,
    nodes: Informer<Node>,
    endpoints: Informer<PartialObjectMeta<Endpoints>>,
    slices: Informer<PartialObjectMeta<EndpointSlice>>,
    budgets: Informer<PodDisruptionBudget>,
    claims: Informer<PersistentVolumeClaim>,
    volumes: Informer<PersistentVolume>,
    attributes: Informer<VolumeAttributesClass>,
    cidrs: Informer<ServiceCIDR>,
    addresses: Informer<IPAddress>,
}

impl Workloads {
    /// The controllers, not started yet.
    pub fn new(settings: Settings) -> Self {
        Self(settings)
    }

    /// Runs until `stop`; then lets the running passes end.
    pub async fn run(self, stop: CancellationToken) {
        let start = Start {
            cluster: Cluster::new(self.0.client.clone()),
            settings: self.0,
            stop: stop.clone(),
            tasks: JoinSet::new(),
            synced: Vec::new(),
            passes: Vec::new(),
        };
        start.all().await;
    }
}

/// Everything that is being started.
struct Start {
    settings: Settings,
    cluster: Cluster,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    /// Whether informers know what there is.
    synced: Vec<tokio::sync::watch::Receiver<bool>>,
    /// Controllers that begin when all informers know what there is.
    passes: Vec<futures::future::BoxFuture<'static, ()>>,
}

impl Start {
    async fn all(mut self) {
        let mut informers = Informers {
            services: Informer::new(|_| {}),
            pods: Informer::new(pods::trim),
            nodes: Informer::new(|_| {}),
            endpoints: Informer::new(|_| {}),
            slices: Informer::new(|_| {}),
            budgets: Informer::new(|_| {}),
            claims: Informer::new(|_| {}),
            volumes: Informer::new(|_| {}),
            attributes: Informer::new(|_| {}),
            cidrs: Informer::new(|_| {}),
            addresses: Informer::new(|_| {}),
        };
        self.endpoint_slices(&mut informers);
        self.endpoints(&mut informers);
        self.mirroring(&mut informers);
        self.disruption(&mut informers);
        self.protection(&mut informers);
        self.service_cidrs(&mut informers);
        self.nodes(&mut informers);
        self.run(informers).await;
    }

    async fn run(mut self, informers: Informers) {
        self.watch(informers.services);
        self.watch(informers.pods);
        self.watch(informers.nodes);
        self.watch(informers.endpoints);
        self.watch(informers.slices);
        self.watch(informers.budgets);
        self.watch(informers.claims);
        self.watch(informers.volumes);
        self.watch(informers.attributes);
        self.watch(informers.cidrs);
        self.watch(informers.addresses);
        for mut synced in std::mem::take(&mut self.synced) {
            tokio::select! {
                () = self.stop.cancelled() => break,
                // The sender lives as long as its informer runs.
                _ = synced.wait_for(|synced| *synced) => {}
            }
        }
        for pass in std::mem::take(&mut self.passes) {
            self.tasks.spawn(pass);
        }
        while self.tasks.join_next().await.is_some() {}
    }

    fn watch<K: Watched>(&mut self, informer: Informer<K>) {
        self.synced.push(informer.synced());
        self.tasks.spawn(informer.run(self.settings.client.clone(), self.stop.clone()));
    }

    fn recorder(&self, component: &'static str) -> Arc<Recorder> {
        Arc::new(Recorder::new(self.cluster.clone(), self.settings.clock.clone(), component))
    }

    /// Has a controller run later; gives the way to wake it.
    fn control<R: Reconcile>(&mut self, reconciler: R) -> Wakes {
        let context = Context {
            cluster: self.cluster.clone(),
            clock: self.settings.clock.clone(),
            entropy: self.settings.entropy.clone(),
            metrics: Arc::new(Metrics::default()),
            concurrency: CONCURRENCY,
        };
        let controller = Controller::new(reconciler, context).woken_by_others();
        let wakes = controller.wakes();
        let stop = self.stop.clone();
        self.passes.push(Box::pin(controller.run(stop)));
        wakes
    }

    fn endpoint_slices(&mut self, informers: &mut Informers) {
        let wakes = self.control(EndpointSlices {
            client: self.settings.client.clone(),
            services: informers.services.cache(),
            pods: informers.pods.cache(),
            nodes: informers.nodes.cache(),
            triggers: TriggerTimes::default(),
            recorder: self.recorder(components::SLICES),
        });
        wake_on(&mut informers.services, &wakes);
        wake_on_pods(informers, &wakes);
        informers.slices.on_change(move |old, new| {
            for slice in old.into_iter().chain(new) {
                let managed = slice.labels().get(labels::SLICE_MANAGED_BY).map(String::as_str);
                if managed == Some(controllers::SLICES) {
                    wakes.wake(service_of(slice));
                }
            }
        });
    }

    fn endpoints(&mut self, informers: &mut Informers) {
        let wakes = self.control(EndpointsObjects {
            client: self.settings.client.clone(),
            services: informers.services.cache(),
            pods: informers.pods.cache(),
            triggers: TriggerTimes::default(),
            recorder: self.recorder(components::ENDPOINTS),
        });
        wake_on(&mut informers.services, &wakes);
        wake_on_pods(informers, &wakes);
        let mut synced = informers.endpoints.synced();
        let (cache, leftover) = (informers.endpoints.cache(), wakes.clone());
        informers.endpoints.on_change(move |old, new| {
            if let (Some(old), None) = (old, new) {
                wakes.wake(key_of(old));
            }
        });
        // Endpoints whose Service went while nobody looked go with it.
        self.passes.push(Box::pin(async move {
            if synced.wait_for(|synced| *synced).await.is_ok() {
                wake_leftover(&cache, &leftover);
            }
        }));
    }

    fn mirroring(&mut self, informers: &mut Informers) {
        let wakes = self.control(Mirroring {
            client: self.settings.client.clone(),
            services: informers.services.cache(),
            endpoints: informers.endpoints.cache(),
            slices: informers.slices.cache(),
            recorder: self.recorder(components::MIRRORING),
        });
        let woken = wakes.clone();
        informers.services.on_change(move |old, new| {
            let selects = |service: Option<&Service>| service.map(|it| pods::selector(it).is_some());
            if let (false, Some(service)) = (selects(old) == selects(new), new.or(old)) {
                woken.wake(key_of(service));
            }
        });
        let woken = wakes.clone();
        informers.endpoints.on_change(move |old, new| {
            let mirrored = old.into_iter().chain(new).any(|endpoints| !is_skipped(endpoints));
            if let (true, Some(endpoints)) = (mirrored, new.or(old)) {
                woken.wake(key_of(endpoints));
            }
        });
        informers.slices.on_change(move |old, new| {
            let slices = old.into_iter().chain(new);
            slices.filter(|slice| is_mirror(*slice)).for_each(|slice| wakes.wake(service_of(slice)));
        });
    }
}

impl Start {
    fn disruption(&mut self, informers: &mut Informers) {
        let budgets = informers.budgets.cache();
        let wakes = self.control(Disruption {
            client: self.settings.client.clone(),
            cluster: self.cluster.clone(),
            clock: self.settings.clock.clone(),
            pods: informers.pods.cache(),
            recorder: self.recorder(components::DISRUPTION),
        });
        wake_on(&mut informers.budgets, &wakes);
        informers.pods.on_change(move |old, new| {
            let Some(pod) = new.or(old).filter(|_| disruption::counts_otherwise(old, new)) else { return };
            for budget in budgets.of_namespace(&pod.namespace().unwrap_or_default()) {
                if old.into_iter().chain(new).any(|pod| disruption::selects(&budget, pod)) {
                    wakes.wake(key_of(budget.as_ref()));
                }
            }
        });
    }

    fn protection(&mut self, informers: &mut Informers) {
        let users = Users {
            pods: informers.pods.cache(),
            claims: informers.claims.cache(),
            volumes: informers.volumes.cache(),
        };
        let volumes = self.control(protect(&self.settings.client, &informers.volumes, &users));
        wake_on(&mut informers.volumes, &volumes);
        let claims = self.control(protect(&self.settings.client, &informers.claims, &users));
        wake_on(&mut informers.claims, &claims);
        let attributes = self.control(protect(&self.settings.client, &informers.attributes, &users));
        wake_on(&mut informers.attributes, &attributes);
        let woken = attributes.clone();
        informers.claims.on_change(move |old, new| {
            let classes = old.into_iter().chain(new).flat_map(classes_of_claim);
            classes.for_each(|class| woken.wake(ObjectKey::new("", class)));
        });
        informers.volumes.on_change(move |old, new| {
            let classes = old.into_iter().chain(new).filter_map(class_of_volume);
            classes.for_each(|class| attributes.wake(ObjectKey::new("", class.as_str())));
        });
        informers.pods.on_change(move |old, new| {
            let pods = old.into_iter().chain(new);
            pods.flat_map(claims_of).for_each(|claim| claims.wake(claim));
        });
    }

    fn service_cidrs(&mut self, informers: &mut Informers) {
        let cidrs = informers.cidrs.cache();
        let wakes = self.control(ServiceCidrs {
            client: self.settings.client.clone(),
            clock: self.settings.clock.clone(),
            cidrs: cidrs.clone(),
            addresses: informers.addresses.cache(),
        });
        let (all, woken) = (cidrs.clone(), wakes.clone());
        // A range that comes or goes can set another one free.
        informers.cidrs.on_change(move |old, new| {
            let ending = all.all().into_iter().filter(|it| it.metadata.deletion_timestamp.is_some());
            ending.for_each(|cidr| woken.wake(key_of(cidr.as_ref())));
            if let Some(cidr) = new.or(old) {
                woken.wake(key_of(cidr));
            }
        });
        informers.addresses.on_change(move |_, new| {
            let ending = cidrs.all().into_iter().filter(|it| it.metadata.deletion_timestamp.is_some());
            ending.filter(|_| new.is_none()).for_each(|cidr| wakes.wake(key_of(cidr.as_ref())));
        });
    }

    fn nodes(&mut self, informers: &mut Informers) {
        let ttl = Ttl {
            client: self.settings.client.clone(),
            nodes: informers.nodes.cache(),
            step: std::sync::atomic::AtomicUsize::new(0),
        };
        let wakes = self.control(ttl);
        wake_on(&mut informers.nodes, &wakes);
        let nodes = Nodes::new(
            self.settings.client.clone(),
            self.settings.clock.clone(),
            self.settings.nodes.clone(),
            &mut informers.nodes,
        );
        self.passes.push(Box::pin(nodes.run(self.stop.clone())));
    }
}

fn protect<K: Protected>(client: &Client, informer: &Informer<K>, users: &Users) -> Protection<K> {
    Protection { client: client.clone(), objects: informer.cache(), users: users.clone() }
}

/// The Service that a slice says it is of.
fn service_of(slice: &PartialObjectMeta<EndpointSlice>) -> ObjectKey {
    let name = slice.labels().get(labels::SERVICE_NAME).cloned().unwrap_or_default();
    ObjectKey::new(slice.namespace().unwrap_or_default(), name)
}

fn wake_leftover(endpoints: &Cache<PartialObjectMeta<Endpoints>>, wakes: &Wakes) {
    let all = endpoints.all();
    let left = all.iter().filter(|it| !it.annotations().contains_key(annotations::LEADER));
    left.for_each(|endpoints| wakes.wake(key_of(endpoints.as_ref())));
}

/// Wakes the controller of a kind by every change of an object.
fn wake_on<K: Watched>(informer: &mut Informer<K>, wakes: &Wakes) {
    let wakes = wakes.clone();
    informer.on_change(move |old, new| {
        if let Some(object) = new.or(old) {
            wakes.wake(key_of(object));
        }
    });
}

/// Wakes a controller of Services by changes of the pods that they select.
fn wake_on_pods(informers: &mut Informers, wakes: &Wakes) {
    let (wakes, services) = (wakes.clone(), informers.services.cache());
    informers.pods.on_change(move |old, new| {
        let Some(pod) = new.or(old) else { return };
        let services = services.of_namespace(&pod.namespace().unwrap_or_default());
        let touched = pods::touched(services.iter().map(AsRef::as_ref), old, new);
        for service in touched {
            wakes.wake(key_of(service));
        }
    });
}
