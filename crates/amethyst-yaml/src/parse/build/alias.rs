//! Aliases, and go-yaml's limits on them.

use super::merge::MERGE_WANTS_MAP;
use super::{Builder, Dialect, INVALID_KEY, Key, Make, Nodes, Place, Rank, Role, Shape};

impl<M: Make> Builder<'_, M> {
    pub(super) fn alias(&mut self, name: &str, place: Place) {
        let role = self.role();
        let found = match self.anchors.get(name) {
            Some(Some(found)) => found,
            Some(None) => {
                self.fail(Rank::Decode, format!("anchor '{name}' value contains itself"), place);
                return self.attach_nothing(role);
            }
            None => {
                self.fail(Rank::Read, format!("unknown anchor '{name}' referenced"), place);
                self.is_over = true;
                return;
            }
        };
        self.nodes.all += found.nodes + 1;
        self.nodes.aliased += found.nodes;
        if self.nodes.excessive() {
            self.fail(Rank::Decode, "document contains excessive aliasing".to_owned(), place);
            self.is_over = true;
            return;
        }
        match (role, &found.shape) {
            (Role::Key, Shape::Scalar(Ok(key))) => {
                let key = Key::Field(key.clone());
                let told = self.duplicates.len();
                self.set_key(key, place);
                if self.dialect == Dialect::GoV3 {
                    // It looks for the same alias, not for what it stands for.
                    self.duplicates.truncate(told);
                    self.pending = None;
                }
            }
            (Role::Key, Shape::Scalar(Err((rank, message)))) => {
                let (rank, message) = (*rank, message.clone());
                self.fail(rank, message, place);
                self.set_key(Key::Unusable, place);
            }
            (Role::Key, Shape::List | Shape::Map(_)) => {
                self.fail(Rank::Decode, INVALID_KEY.to_owned(), place);
                self.set_key(Key::Unusable, place);
            }
            (Role::Merge | Role::MergeItem, Shape::Map(pairs)) => {
                let copy = pairs.iter().map(|(key, value)| (key.clone(), self.make.copy(value))).collect();
                self.merge_source(copy, role, place);
            }
            (Role::Merge | Role::MergeItem, _) => {
                self.fail(self.merge_rank(), MERGE_WANTS_MAP.to_owned(), place);
                self.attach_nothing(role);
            }
            (Role::Item | Role::Field, _) => {
                let value = self.make.copy(&found.value);
                self.attach(value);
            }
        }
    }
}

impl Nodes {
    /// go-yaml's `allowedAliasRatio`: the larger a document, the less of it may come from aliases.
    fn excessive(&self) -> bool {
        const LOW: f64 = 400_000.0;
        const HIGH: f64 = 4_000_000.0;
        let all = self.all as f64;
        let allowed = if all <= LOW {
            0.99
        } else if all >= HIGH {
            0.10
        } else {
            0.99 - 0.89 * ((all - LOW) / (HIGH - LOW))
        };
        self.aliased > 100 && self.all > 1000 && self.aliased as f64 / all > allowed
    }
}
