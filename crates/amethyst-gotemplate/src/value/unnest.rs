//! Dropping values that nest deep: a template can wrap a list in a list a million times, and the stack must not
//! pay for it.

use std::cell::{Cell, RefCell};

use super::Value;

/// So many levels are dropped in the usual way.
const DEPTH_MAX: u32 = 64;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static PUT_OFF: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Drops the elements of a collection, those of deep ones later and from the top.
pub(super) fn drop_all(values: impl IntoIterator<Item = Value>) {
    // While a thread ends there may be no place to put anything off to: then it is dropped here.
    let depth = DEPTH.try_with(|depth| depth.replace(depth.get() + 1)).unwrap_or(0);
    if depth >= DEPTH_MAX {
        let mut values = values.into_iter();
        let _ = PUT_OFF.try_with(|put_off| put_off.borrow_mut().extend(values.by_ref()));
        values.for_each(drop);
    } else {
        values.into_iter().for_each(drop);
        while depth == 0
            && let Ok(Some(value)) = PUT_OFF.try_with(|put_off| put_off.borrow_mut().pop())
        {
            drop(value);
        }
    }
    let _ = DEPTH.try_with(|current| current.set(depth));
}
