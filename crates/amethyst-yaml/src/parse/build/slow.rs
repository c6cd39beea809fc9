//! Documents with something odd in them, decoded from their nodes.

use std::collections::HashMap;

use amethyst_object::Str;

use super::scalar::{NOT_ONLY_STRINGS, key_of};
use super::{Builder, Dialect, Finished, Make, YamlFault};
use crate::node::{Decoded, Decoder, Failure, Node};

impl<M: Make> Builder<'_, M> {
    /// What Go makes of the document.
    #[cold]
    pub(in crate::parse) fn finish_slowly(
        &mut self,
        node: &Node,
    ) -> Result<Option<Finished<M::Value>>, YamlFault> {
        let mut decoder = Decoder::new(self.dialect);
        let decoded = decoder.value(node).map_err(to_fault)?;
        if let Some(first) = decoder.faults.first() {
            let mut message = String::from("unmarshal errors:");
            for fault in &decoder.faults {
                message.push_str(&format!("\n  line {}: {}", fault.line, fault.message));
            }
            return Err(YamlFault { message, line: first.line, column: first.column, go_line: None });
        }
        let Some(decoded) = decoded else { return Ok(None) };
        if self.dialect == Dialect::GoV2 {
            check_keys(&decoded).map_err(to_fault)?;
        }
        let value = self.make_decoded(decoded).map_err(to_fault)?;
        Ok(Some(Finished { value, line: node.line(), duplicates: decoder.duplicates }))
    }

    fn make_decoded(&mut self, decoded: Decoded) -> Result<M::Value, Failure> {
        match decoded {
            Decoded::Scalar(leaf) => {
                let value = self.value_of(&leaf.content, &leaf.text, leaf.style);
                value.map_err(|message| Failure { message, place: leaf.place })
            }
            Decoded::List(items) => {
                let items = items.into_iter().map(|item| self.make_decoded(item));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                Ok(self.make.list(items))
            }
            Decoded::Map(map) => {
                let mut pairs: Vec<(Str, M::Value)> = Vec::with_capacity(map.entries.len());
                // Keys of different types may have one text. Go keeps any of their values; here the last stays.
                let mut places = HashMap::with_capacity(map.entries.len());
                for entry in map.entries {
                    let text = if map.is_of_strings {
                        Ok(entry.key.text.clone())
                    } else if self.dialect == Dialect::GoV3 {
                        Err(NOT_ONLY_STRINGS.to_owned())
                    } else {
                        key_of(&entry.key.content, &entry.key.text, self.dialect).map(|key| key.text)
                    };
                    let key = text.map_err(|message| Failure { message, place: entry.key.place })?;
                    let value = self.make_decoded(entry.value)?;
                    if let Some(pair) = places.get(&key).and_then(|at: &usize| pairs.get_mut(*at)) {
                        pair.1 = value;
                    } else {
                        places.insert(key.clone(), pairs.len());
                        pairs.push((key, value));
                    }
                }
                Ok(self.make.map(pairs))
            }
        }
    }
}

/// `sigs.k8s.io/yaml` makes all keys strings before JSON sees a value.
fn check_keys(decoded: &Decoded) -> Result<(), Failure> {
    match decoded {
        Decoded::Scalar(_) => Ok(()),
        Decoded::List(items) => items.iter().try_for_each(check_keys),
        Decoded::Map(map) => map.entries.iter().try_for_each(|entry| {
            let key = key_of(&entry.key.content, &entry.key.text, Dialect::GoV2);
            key.map_err(|message| Failure { message, place: entry.key.place })?;
            check_keys(&entry.value)
        }),
    }
}

fn to_fault(failure: Failure) -> YamlFault {
    let Failure { message, place } = failure;
    YamlFault { message, line: place.line, column: place.column, go_line: None }
}
