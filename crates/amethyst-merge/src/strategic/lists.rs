//! Lists that merge, and the order they come out in: what the patch orders comes as it says, what only
//! the document holds stays before the patch's item that followed it.

use amethyst_object::{Map, Value};

use super::{
    DIRECTIVE, Place, SET_ELEMENT_ORDER, bad_directive, bad_type, merge_map, no_merge_key, without_directives,
};
use crate::{error::PatchError, golang};

/// What a list's elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Map,
    Scalar,
}

/// What the elements of all the lists are: the same, and no lists.
pub(super) fn element_form(lists: [&[Value]; 2]) -> Result<Form, PatchError> {
    let mut first: Option<&Value> = None;
    for value in lists.into_iter().flatten() {
        match first {
            None if matches!(value, Value::Array(_)) => {
                return Err(PatchError::Unprocessable("lists of lists are not supported".into()));
            }
            None => first = Some(value),
            Some(first) if golang::type_name(first) != golang::type_name(value) => {
                let shown: Vec<String> = lists.iter().map(|list| golang::plain_list(list)).collect();
                return Err(PatchError::Internal(format!(
                    "list element types are not identical: [{}]",
                    shown.join(" ")
                )));
            }
            Some(_) => {}
        }
    }
    match first {
        Some(Value::Object(_)) => Ok(Form::Map),
        Some(_) => Ok(Form::Scalar),
        None => Err(PatchError::Internal("no elements in any of the given slices".into())),
    }
}

/// Merges a list whose strategy is `merge`.
pub(super) fn merge_list(
    document: Vec<Value>,
    patch: &[Value],
    place: Place<'_>,
) -> Result<Vec<Value>, PatchError> {
    merge_and_remember(document, patch, place).map(|(merged, _)| merged)
}

/// The merged list, and the order that upstream afterwards takes for the document's: it deletes and appends
/// in place, so as many new items as were deleted count as the document's own.
fn merge_and_remember(
    document: Vec<Value>,
    patch: &[Value],
    place: Place<'_>,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    if document.is_empty() && patch.is_empty() {
        return Ok((document.clone(), document));
    }
    if element_form([&document, patch])? == Form::Scalar {
        let mut both = document.clone();
        both.extend_from_slice(patch);
        return Ok((arrange(deduplicated(both), patch, &document, place.merge_key)?, document));
    }
    if place.merge_key.is_empty() {
        return Err(PatchError::Internal("cannot merge lists without merge key for ".into()));
    }
    let length = document.len();
    let (document, patch) = obey_directives(document, patch, place.merge_key)?;
    let merged = merge_items(document.clone(), &patch, place)?;
    let remembered = merged.iter().take(length).cloned().collect();
    Ok((arrange(merged, &patch, &document, place.merge_key)?, remembered))
}

/// Carries out the directives among the patch's items; gives back what is left of both lists.
fn obey_directives(
    mut document: Vec<Value>,
    patch: &[Value],
    merge_key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let mut plain = Vec::with_capacity(patch.len());
    let mut replace = false;
    for item in patch {
        let map = as_map(item)?;
        let Some(directive) = map.get(DIRECTIVE) else {
            plain.push(item.clone());
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let key = map.get(merge_key).ok_or_else(|| no_merge_key(map, merge_key))?;
                document.retain(|item| item.get(merge_key) != Some(key));
            }
            Some("replace") => replace = true,
            Some("merge") => {
                return Err(PatchError::Internal(
                    "merging lists cannot yet be specified in the patch".into(),
                ));
            }
            _ => return Err(bad_directive(directive, map)),
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (document, plain) })
}

fn merge_items(
    mut document: Vec<Value>,
    patch: &[Value],
    place: Place<'_>,
) -> Result<Vec<Value>, PatchError> {
    for item in patch {
        let map = as_map(item)?;
        let key = map.get(place.merge_key).ok_or_else(|| no_merge_key(map, place.merge_key))?;
        match document.iter_mut().find(|found| found.get(place.merge_key) == Some(key)) {
            Some(Value::Object(found)) => {
                let merged = merge_map(std::mem::take(found), map, place.items())?;
                *found = merged;
            }
            _ => document.push(item.clone()),
        }
    }
    Ok(document)
}

/// Merges a list for which the patch gives an order; `None` when neither side has the list.
pub(super) fn set_order(
    document: Option<&[Value]>,
    patch: Option<&[Value]>,
    order: &[Value],
    place: Place<'_>,
) -> Result<Option<Vec<Value>>, PatchError> {
    check_order(patch.unwrap_or_default(), order, place.merge_key)?;
    let mut remembered = None;
    let merged = match (document, patch) {
        (None, None) => return Ok(None),
        (Some(document), None) => document.to_vec(),
        (None, Some(patch)) => patch.iter().filter_map(|item| without_directives(item, false)).collect(),
        (Some(document), Some(patch)) if place.merge => {
            let (merged, order) = merge_and_remember(document.to_vec(), patch, place)?;
            remembered = Some(order);
            merged
        }
        (Some(_), Some(patch)) => patch.to_vec(),
    };
    let document = document.unwrap_or_default();
    let form = element_form([document, patch.unwrap_or_default()])?;
    if form == Form::Map && place.merge_key.is_empty() {
        let map = document.iter().chain(patch.unwrap_or_default()).find_map(Value::as_object);
        return Err(no_merge_key(map.unwrap_or(&Map::new()), ""));
    }
    arrange(merged, order, remembered.as_deref().unwrap_or(document), place.merge_key).map(Some)
}

/// The patch's items must stand in the order that the patch gives, and all in it.
fn check_order(patch: &[Value], order: &[Value], merge_key: &str) -> Result<(), PatchError> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let deletes =
        |item: &&Value| item.get(DIRECTIVE).is_some_and(|directive| directive.as_str() == Some("delete"));
    let mut items = patch.iter().filter(|item| merge_key.is_empty() || !deletes(item)).peekable();
    let mut rest = order.iter().peekable();
    while let (Some(item), Some(ordered)) = (items.peek(), rest.peek()) {
        if item.get(DIRECTIVE).is_some() {
            items.next();
            continue;
        }
        if key_of(item, merge_key)? == key_of(ordered, merge_key)? {
            items.next();
        }
        rest.next();
    }
    if items.peek().is_some() {
        return Err(PatchError::Internal(format!(
            "The order in patch list:\n{}\n doesn't match {SET_ELEMENT_ORDER} list:\n{}\n",
            golang::plain_list(patch),
            golang::plain_list(order)
        )));
    }
    Ok(())
}

/// Puts the items that `order` names into its order, and the others where they stood in `document`.
fn arrange(
    merged: Vec<Value>,
    order: &[Value],
    document: &[Value],
    merge_key: &str,
) -> Result<Vec<Value>, PatchError> {
    let place_in = |list: &[Value], key: &Value| -> Result<Option<usize>, PatchError> {
        for (index, item) in list.iter().enumerate() {
            if key_of(item, merge_key)? == key {
                return Ok(Some(index));
            }
        }
        Ok(None)
    };
    let mut ordered = Vec::new();
    let mut others = Vec::new();
    for item in merged {
        let key = key_of(&item, merge_key)?;
        let in_document = place_in(document, key)?;
        match place_in(order, key)? {
            Some(index) => ordered.push((index, in_document, item)),
            None => others.push((in_document.unwrap_or(usize::MAX), in_document, item)),
        }
    }
    ordered.sort_by_key(|(index, _, _)| *index);
    others.sort_by_key(|(index, _, _)| *index);
    let mut arranged = Vec::with_capacity(ordered.len() + others.len());
    let mut others = others.into_iter().peekable();
    for (_, in_document, item) in ordered {
        // Before each ordered item come the others that stood before it.
        while let (Some((_, Some(other), _)), Some(at)) = (others.peek(), in_document)
            && *other < at
        {
            arranged.extend(others.next().map(|(_, _, item)| item));
        }
        arranged.push(item);
    }
    arranged.extend(others.map(|(_, _, item)| item));
    Ok(arranged)
}

fn key_of<'a>(item: &'a Value, merge_key: &str) -> Result<&'a Value, PatchError> {
    if merge_key.is_empty() {
        return Ok(item);
    }
    let map = as_map(item)?;
    map.get(merge_key).ok_or_else(|| no_merge_key(map, merge_key))
}

fn as_map(item: &Value) -> Result<&Map, PatchError> {
    item.as_object().ok_or_else(|| bad_type(&Value::object(), item))
}

/// Each scalar once. As upstream, a later one moves up into the place of the one it repeats.
fn deduplicated(mut items: Vec<Value>) -> Vec<Value> {
    let mut at = 0;
    while at < items.len() {
        let mut other = at + 1;
        while other < items.len() {
            if items[at] == items[other] {
                items.swap_remove(other);
            } else {
                other += 1;
            }
        }
        at += 1;
    }
    items
}
