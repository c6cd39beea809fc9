//! Nil slices and nil maps of Go.
//!
//! They differ from empty ones in three places: JSON and YAML show `null`, `deepEqual` tells them apart, and
//! `set` on a nil map panics. One empty list and one empty map per thread stand for them; identity tells.

use std::cell::RefCell;

use amethyst_gotemplate::{List, ListKind, Map};

thread_local! {
    static ANYS: List = List::new(Vec::new());
    static STRINGS: List = List::with_kind(ListKind::String, Vec::new());
    static MAP: RefCell<Map> = RefCell::new(Map::new());
}

/// A nil slice: `[]string` for that kind, `[]interface {}` for all others.
pub fn nil_list(kind: ListKind) -> List {
    match kind {
        ListKind::String => STRINGS.with(List::clone),
        _ => ANYS.with(List::clone),
    }
}

/// Whether the list is a nil slice.
pub fn is_nil_list(list: &List) -> bool {
    list.is_empty() && nil_list(list.kind()).is_same(list)
}

/// A nil `map[string]interface {}`. Nobody may write into it.
pub fn nil_map() -> Map {
    MAP.with_borrow_mut(|map| {
        // Whoever wrote into it keeps what was written to themselves.
        if !map.is_empty() {
            *map = Map::new();
        }
        map.clone()
    })
}

/// Whether the map is a nil map.
pub fn is_nil_map(map: &Map) -> bool {
    map.is_empty() && MAP.with_borrow(|nil| nil.is_same(map))
}
