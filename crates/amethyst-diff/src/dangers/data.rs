//! Objects that hold data and are deleted, and claims that shrink.

use amethyst_object::Object;
use amethyst_schema::Quantity;

use super::fate::Fate;
use super::text::{count, list};
use super::{Context, Danger, Level};
use crate::change::{ChangeKind, ObjectChange};
use crate::secret::split_api_version;
use crate::side::Rendered;

/// Group, kind, and what is lost with the object.
const DATA: &[(&str, &str, &str)] = &[
    ("", "PersistentVolumeClaim", "the volume behind it, unless its class retains it"),
    ("", "PersistentVolume", "the link to the volume, and the volume itself when it is not retained"),
    ("acid.zalan.do", "postgresql", "the databases of the cluster"),
    ("ceph.rook.io", "CephBlockPool", "the pool with every volume in it"),
    ("ceph.rook.io", "CephCluster", "the storage of the whole cluster"),
    ("ceph.rook.io", "CephFilesystem", "the file system with every volume in it"),
    ("ceph.rook.io", "CephObjectStore", "the object store with its buckets"),
    ("ceph.rook.io", "CephObjectStoreUser", "the keys of the user"),
    ("cdi.kubevirt.io", "DataVolume", "the disk"),
    ("dragonflydb.io", "Dragonfly", "the data in memory, and the snapshots on its claims"),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch", "the indices of the cluster"),
    ("k8s.mariadb.com", "Database", "the database"),
    ("k8s.mariadb.com", "MariaDB", "the databases of the server"),
    ("kubevirt.io", "VirtualMachine", "the machine, and the disks made from its templates"),
    ("longhorn.io", "Volume", "the volume"),
    ("minio.min.io", "Tenant", "the buckets of the tenant"),
    ("mongodbcommunity.mongodb.com", "MongoDBCommunity", "the databases of the cluster"),
    ("objectbucket.io", "ObjectBucketClaim", "the bucket with its objects"),
    ("opensearch.opster.io", "OpenSearchCluster", "the indices of the cluster"),
    ("postgresql.cnpg.io", "Cluster", "the databases and the claims of the cluster"),
    ("postgresql.cnpg.io", "Database", "the database, when its reclaim policy is delete"),
    ("psmdb.percona.com", "PerconaServerMongoDB", "the databases of the cluster"),
    ("pxc.percona.com", "PerconaXtraDBCluster", "the databases of the cluster"),
    ("postgres-operator.crunchydata.com", "PostgresCluster", "the databases of the cluster"),
    ("snapshot.storage.k8s.io", "VolumeSnapshot", "the snapshot, unless its class retains it"),
];

/// Group, kind, and what stops with the object.
const BACKUPS: &[(&str, &str, &str)] = &[
    ("kopiur.home-operations.com", "ClusterRepository", "backups into this repository stop"),
    ("kopiur.home-operations.com", "Repository", "backups into this repository stop"),
    ("kopiur.home-operations.com", "SnapshotPolicy", "backups stop"),
    ("kopiur.home-operations.com", "SnapshotSchedule", "backups stop"),
    ("postgresql.cnpg.io", "ScheduledBackup", "backups of the database stop"),
    ("velero.io", "BackupStorageLocation", "backups into this location stop"),
    ("velero.io", "Schedule", "backups stop"),
    ("volsync.backube", "ReplicationDestination", "claims that are restored from it cannot be made any more"),
    ("volsync.backube", "ReplicationSource", "backups stop"),
];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    for change in context.changes {
        match (change.kind, context.before_of(change), context.after_of(change)) {
            (ChangeKind::Removed, Some(gone), _) => removed(context, gone, found),
            (ChangeKind::Changed, Some(before), Some(after)) => shrunk(context, change, before, after, found),
            _ => {}
        }
    }
}

fn removed(context: &Context<'_>, gone: &Rendered, found: &mut Vec<Danger>) {
    let object = &gone.object;
    let (group, kind) = (split_api_version(object.api_version()).0, object.kind());
    let row = |rows: &[(&str, &str, &'static str)]| {
        rows.iter().find(|(of, named, _)| *of == group && *named == kind).map(|(_, _, what)| *what)
    };
    let stateful = (group, kind) == ("apps", "StatefulSet");
    let namespace = (group, kind) == ("", "Namespace");
    let (data, backup) = (row(DATA), row(BACKUPS));
    let definition = kind == "CustomResourceDefinition";
    if data.is_none() && backup.is_none() && !stateful && !namespace {
        return;
    }
    if let Fate::LeftBehind(reason) = context.fate(gone) {
        if !definition {
            found.push(left_behind(context, gone, reason));
        }
        return;
    }
    if namespace {
        found.push(namespace_deleted(context, gone));
    } else if let Some(lost) = data {
        let mut danger = context.danger("data-deleted", Level::Danger, gone);
        danger.message = format!("the {kind} is deleted");
        danger.why = format!("with it goes {lost}{}", volume(context, object));
        danger.hint = "back it up, or keep it by `kustomize.toolkit.fluxcd.io/prune: disabled` or `helm.sh/resource-policy: keep`".into();
        found.push(danger);
    } else if let Some(stops) = backup {
        let mut danger = context.danger("backup-stopped", Level::Warning, gone);
        danger.message = format!("the {kind} is deleted");
        danger.why = stops.into();
        danger.hint = "check that the data is backed up by something else, or is not needed any more".into();
        found.push(danger);
    } else if has_claim_templates(object) {
        let deletes =
            object.str_at(&["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"]) == Some("Delete");
        let (code, level) =
            if deletes { ("data-deleted", Level::Danger) } else { ("left-behind", Level::Info) };
        let mut danger = context.danger(code, level, gone);
        danger.message = "the StatefulSet is deleted".into();
        danger.why = if deletes {
            "its retention policy deletes the claims of its pods with it".into()
        } else {
            "the claims of its pods stay behind and belong to nobody".into()
        };
        danger.hint = if deletes {
            "back the claims up, or set `whenDeleted: Retain` first".into()
        } else {
            "delete the claims by hand when their data is not needed any more".into()
        };
        found.push(danger);
    }
}

fn has_claim_templates(object: &Object) -> bool {
    object.at(&["spec"]).is_some_and(|spec| !list(spec, &["volumeClaimTemplates"]).is_empty())
}

pub(super) fn left_behind(context: &Context<'_>, gone: &Rendered, reason: &str) -> Danger {
    let mut danger = context.danger("left-behind", Level::Info, gone);
    danger.message = format!("the {} stays in the cluster", gone.object.kind());
    danger.why = reason.into();
    danger.hint = "delete it by hand when it is not needed any more".into();
    danger
}

/// What is known of the volume's class.
fn volume(context: &Context<'_>, object: &Object) -> &'static str {
    let Some(class) = object.str_at(&["spec", "storageClassName"]) else { return "" };
    let classes = context.before.objects.iter().map(|rendered| &rendered.object);
    let class = classes.filter(|other| other.kind() == "StorageClass").find(|other| other.name() == class);
    match class.map(|class| class.str_at(&["reclaimPolicy"]).unwrap_or("Delete")) {
        Some("Retain") => " (its class retains it)",
        Some(_) => " (its class deletes it)",
        None => "",
    }
}

fn namespace_deleted(context: &Context<'_>, gone: &Rendered) -> Danger {
    let name = gone.object.name();
    let held = |side: &[Rendered]| side.iter().filter(|rendered| rendered.object.namespace() == name).count();
    let (before, after) = (held(&context.before.objects), held(&context.after.objects));
    let mut danger = context.danger("namespace-deleted", Level::Danger, gone);
    danger.message = "the namespace is deleted with everything in it".into();
    danger.why = if after > 0 {
        format!("{} of the side after still lie in it and cannot be applied", count(after, "object"))
    } else {
        format!("{} of this repository lay in it, and whatever else was made there", count(before, "object"))
    };
    danger.hint = "keep the Namespace, or check that nothing in it is needed, its claims above all".into();
    danger
}

fn shrunk(
    context: &Context<'_>,
    change: &ObjectChange,
    before: &Rendered,
    after: &Rendered,
    found: &mut Vec<Danger>,
) {
    const SIZE: [&str; 4] = ["spec", "resources", "requests", "storage"];
    if change.id.kind != "PersistentVolumeClaim" {
        return;
    }
    let size = |rendered: &Rendered| rendered.object.str_at(&SIZE).map(ToOwned::to_owned);
    let (Some(old), Some(new)) = (size(before), size(after)) else { return };
    let (Ok(old_size), Ok(new_size)) = (Quantity::parse(&old), Quantity::parse(&new)) else { return };
    if new_size.nanos() >= old_size.nanos() {
        return;
    }
    let mut danger = context.danger("claim-shrunk", Level::Danger, after);
    danger.field = Some(SIZE.join("."));
    danger.message = format!("the claim shrinks: `{old}` -> `{new}`");
    danger.why = "volumes only grow: the API server refuses a request below the volume's capacity".into();
    danger.hint = "make a smaller claim of another name and copy the data over".into();
    found.push(danger);
}
