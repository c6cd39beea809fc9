//! Aliases, and go-yaml's limits on them.

use super::scalar::KeyText;
use super::{Builder, DEPTH_MAX, Dialect, Make, Nodes, Place, Role, Shape};

impl<M: Make> Builder<'_, M> {
    pub(super) fn alias(&mut self, name: &str, place: Place) {
        let role = self.role();
        let found = match self.anchors.get(name) {
            Some(Some(found)) => found,
            Some(None) => return self.odd(),
            None => return self.unreadable(format!("unknown anchor '{name}' referenced"), place),
        };
        if self.frames.len() + found.depth > DEPTH_MAX {
            return self.unreadable(format!("exceeded max depth of {DEPTH_MAX}"), place);
        }
        self.nodes.all += found.nodes + 1;
        self.nodes.aliased += found.nodes;
        if self.nodes.excessive() {
            return self.odd();
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.depth = frame.depth.max(found.depth + 1);
        }
        match (role, &found.shape) {
            (Role::Key, Shape::Scalar(Some(key))) => {
                // go-yaml v3 looks for the same alias, not for what it stands for.
                let is_odd = key.is_odd || self.dialect == Dialect::GoV3;
                let key = KeyText { text: key.text.clone(), is_odd };
                self.set_key(key, place);
            }
            (Role::Merge | Role::MergeItem, Shape::Map(pairs)) => {
                let copy = pairs.iter().map(|(key, value)| (key.clone(), self.make.copy(value))).collect();
                self.merge_source(copy, role, place);
            }
            (Role::Key | Role::Merge | Role::MergeItem, _) => self.odd(),
            (Role::Item | Role::Field, _) => {
                let value = self.make.copy(&found.value);
                self.attach(value);
            }
        }
    }
}

impl Nodes {
    /// go-yaml's `allowedAliasRatio`: the larger a document, the less of it may come from aliases.
    pub(crate) fn excessive(&self) -> bool {
        const LOW: f64 = 400_000.0;
        const HIGH: f64 = 4_000_000.0;
        if self.aliased <= 100 || self.all <= 1000 {
            return false;
        }
        let all = self.all as f64;
        let allowed = if all <= LOW {
            0.99
        } else if all >= HIGH {
            0.10
        } else {
            0.99 - 0.89 * ((all - LOW) / (HIGH - LOW))
        };
        self.aliased as f64 / all > allowed
    }
}
