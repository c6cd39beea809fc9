//! Names in other objects follow the objects they name.

use std::collections::{HashMap, HashSet};

use amethyst_diag::Diagnostic;
use amethyst_object::{Map, Str, Value};

use crate::config::NameReference;
use crate::fieldspec::Missing;
use crate::id::{Gvk, Id, text};
use crate::set::{Item, Set};
use crate::target::about;

/// What the search for a name needs to know of a resource.
struct Candidate {
    id: Id,
    original_namespace: Str,
    previous: Vec<Id>,
    prefixes: Vec<Str>,
    suffixes: Vec<Str>,
}

/// Rewrites every reference to a resource whose name or namespace has changed.
pub(crate) fn fix(set: &mut Set) -> Vec<Diagnostic> {
    let candidates: Vec<Candidate> = set.items.iter().map(Candidate::new).collect();
    let mut by_name: HashMap<Str, Vec<usize>> = HashMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        for id in &candidate.previous {
            let places = by_name.entry(id.name.clone()).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
    let config = std::sync::Arc::clone(&set.config);
    let mut faults: Vec<Diagnostic> = set.items.iter().filter_map(blank_namespace).collect();
    for (at, item) in set.items.iter_mut().enumerate() {
        let original = item.original_id();
        let by_kind = |kind: &str| config.references.get(kind).into_iter().flatten();
        let mut references = by_kind(&original.gvk.kind).chain(by_kind("")).peekable();
        if references.peek().is_none() {
            continue;
        }
        let referrer = Referrer::new(item, &candidates[at], &candidates, &by_name);
        for reference in references.filter(|reference| original.gvk.is_selected(&reference.field.gvk)) {
            if let Err(reason) = referrer.fix(&mut item.object, reference) {
                faults.push(about(item, reason));
            }
        }
    }
    faults
}

/// A service account that binds from no namespace: upstream refuses it.
fn blank_namespace(item: &Item) -> Option<Diagnostic> {
    let subjects = item.object.get("subjects").filter(|_| item.object.str("kind") == Some("RoleBinding"))?;
    let blank = |subject: &Value| {
        subject.str_at(&["kind"]) == Some("ServiceAccount")
            && subject.get("namespace").is_some_and(|namespace| namespace.as_str().is_none())
    };
    let found = subjects.as_array()?.iter().any(blank);
    let text = || format!("Invalid Input: namespace is blank for resource \"{}\"", item.id());
    found
        .then(|| about(item, text()).hint("name the namespace of the service account, or take the field out"))
}

impl Candidate {
    fn new(item: &Item) -> Self {
        let id = item.id();
        Self {
            original_namespace: item.original_id().effective_namespace().into(),
            previous: item.previous_ids().collect(),
            prefixes: item.prefixes.clone(),
            suffixes: item.suffixes.clone(),
            id,
        }
    }

    fn was(&self, gvk: &Gvk) -> bool {
        self.previous.iter().any(|id| id.gvk.is_selected(gvk))
    }
}

/// The resource whose references are being fixed.
struct Referrer<'a> {
    me: &'a Candidate,
    all: &'a [Candidate],
    by_name: &'a HashMap<Str, Vec<usize>>,
    /// Namespaces of the service accounts among a RoleBinding's subjects.
    subject_namespaces: HashSet<Str>,
    role: Option<Gvk>,
}

impl<'a> Referrer<'a> {
    fn new(
        item: &Item,
        me: &'a Candidate,
        all: &'a [Candidate],
        by_name: &'a HashMap<Str, Vec<usize>>,
    ) -> Self {
        let mut subject_namespaces = HashSet::new();
        if me.id.gvk.kind == "RoleBinding" {
            for subject in item.object.get("subjects").and_then(Value::as_array).unwrap_or_default() {
                if subject.str_at(&["kind"]) == Some("ServiceAccount") {
                    subject_namespaces.extend(subject.str_at(&["namespace"]).map(Str::from));
                }
            }
        }
        let role = item
            .object
            .get("roleRef")
            .and_then(|role| Some(Gvk::new(role.str_at(&["apiGroup"])?, "", role.str_at(&["kind"])?)));
        Self { me, all, by_name, subject_namespaces, role }
    }

    fn fix(&self, object: &mut Map, reference: &NameReference) -> Result<(), String> {
        let field = crate::fieldspec::FieldSpec { gvk: Gvk::default(), ..reference.field.clone() };
        field.apply(object, Missing::Skip, &mut |value| self.fix_value(value, reference))
    }

    fn fix_value(&self, value: &mut Value, reference: &NameReference) -> Result<(), String> {
        match value {
            Value::Array(items) => items.iter_mut().try_for_each(|item| match item {
                Value::Array(_) => Err("expected to be either a string or a map of string".to_owned()),
                item => self.fix_value(item, reference),
            }),
            Value::Object(map) => self.fix_map(map, reference),
            value if crate::id::is_null(value) => Ok(()),
            value => {
                let old = text(value);
                let found = self.referral(&old, reference, None, |a, b| a.id.name == b.id.name)?;
                if let Some(found) = found.filter(|found| found.id.name != old) {
                    *value = Value::String(found.id.name.clone());
                }
                Ok(())
            }
        }
    }

    fn fix_map(&self, map: &mut Map, reference: &NameReference) -> Result<(), String> {
        let name = map.get("name").ok_or("path config error; no 'name' field in node")?;
        let old = text(name);
        let namespace = map.get("namespace").map(text);
        let same = |a: &Candidate, b: &Candidate| a.id.name == b.id.name && a.id.namespace == b.id.namespace;
        let Some(found) = self.referral(&old, reference, namespace.as_ref(), same)? else { return Ok(()) };
        if found.id.name == old && found.id.namespace.is_empty() {
            return Ok(());
        }
        map.insert("name", found.id.name.clone());
        if !found.id.namespace.is_empty() {
            map.insert("namespace", found.id.namespace.clone());
        }
        Ok(())
    }

    /// The resource that was called `name`, if exactly one can be meant.
    fn referral(
        &self,
        name: &str,
        reference: &NameReference,
        namespace: Option<&Str>,
        same: impl Fn(&Candidate, &Candidate) -> bool,
    ) -> Result<Option<&'a Candidate>, String> {
        let Some(places) = self.by_name.get(name) else { return Ok(None) };
        let by_role = reference.field.path.ends_with(&["roleRef".into(), "name".into()]);
        let role = self.role.as_ref().filter(|_| by_role);
        let reachable: Vec<&Candidate> =
            places.iter().map(|at| &self.all[*at]).filter(|candidate| self.reaches(candidate)).collect();
        let mut found: Vec<&Candidate> = match namespace {
            None => reachable,
            Some(namespace) => self.in_namespace(reachable, namespace),
        };
        found.retain(|candidate| {
            candidate.was(&reference.target)
                && role.is_none_or(|role| candidate.was(role))
                && self.shares_namespace(candidate)
        });
        if let [only] = found[..] {
            return Ok(Some(only));
        }
        found.retain(|candidate| self.same_affixes(candidate, true));
        if found.len() > 1 {
            found.retain(|candidate| self.same_affixes(candidate, false));
        }
        match found[..] {
            [] => Ok(None),
            [first, ref rest @ ..] if rest.iter().all(|other| same(first, other)) => Ok(Some(first)),
            _ => {
                let ids: Vec<String> = found.iter().map(|candidate| candidate.id.to_string()).collect();
                Err(format!("found multiple possible referrals: {}", ids.join(", ")))
            }
        }
    }

    /// Whether the referrer could refer to the candidate at all.
    fn reaches(&self, candidate: &Candidate) -> bool {
        let id = &candidate.id;
        self.me.id.cluster_scoped
            || id.cluster_scoped
            || id.same_namespace(&self.me.id)
            || self.subject_namespaces.contains(&id.namespace)
    }

    fn in_namespace<'c>(&self, candidates: Vec<&'c Candidate>, namespace: &Str) -> Vec<&'c Candidate> {
        let namespaced = |candidate: &Candidate| !candidate.id.cluster_scoped;
        // The original namespace decides when any resource within reach had it.
        let original = self.all.iter().any(|candidate| {
            namespaced(candidate) && candidate.original_namespace == *namespace && self.reaches(candidate)
        });
        let fits = |candidate: &Candidate| {
            namespaced(candidate)
                && if original {
                    candidate.original_namespace == *namespace
                } else {
                    candidate.id.effective_namespace() == namespace.as_str()
                }
        };
        candidates.into_iter().filter(|candidate| fits(candidate)).collect()
    }

    fn shares_namespace(&self, candidate: &Candidate) -> bool {
        self.me.id.cluster_scoped
            || candidate.id.cluster_scoped
            || candidate.id.gvk.kind == "ServiceAccount"
            || self.me.id.same_namespace(&candidate.id)
    }

    fn same_affixes(&self, candidate: &Candidate, empty_fits: bool) -> bool {
        let same = |a: &[Str], b: &[Str]| {
            let either_empty = a.is_empty() || b.is_empty();
            let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
            empty_fits && either_empty || long.ends_with(short) && (!either_empty || long.is_empty())
        };
        same(&candidate.prefixes, &self.me.prefixes) && same(&candidate.suffixes, &self.me.suffixes)
    }
}
