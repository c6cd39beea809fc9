//! The shortest edit between two sequences, by Myers' greedy algorithm, with its cost bounded.

/// One step of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// The elements at these places are equal.
    Keep(usize, usize),
    /// The element at this place before is gone.
    Delete(usize),
    /// The element at this place after is new.
    Insert(usize),
}

/// Edits longer than this are not looked for: the differing middle is told as replaced. The trace of the
/// search holds at most its square in numbers, four megabytes.
const EDITS_MAX: usize = 1000;

/// The edits that make `after` of `before`; deletions come before the insertions that take their place.
pub(crate) fn edits(before: &[u32], after: &[u32]) -> Vec<Edit> {
    let head = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let tail = before[head..].iter().rev().zip(after[head..].iter().rev());
    let tail = tail.take_while(|(before, after)| before == after).count();
    let (middle_before, middle_after) =
        (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let mut edits: Vec<Edit> = (0..head).map(|at| Edit::Keep(at, at)).collect();
    middle(middle_before, middle_after, head, &mut edits);
    edits.extend((0..tail).map(|at| Edit::Keep(before.len() - tail + at, after.len() - tail + at)));
    deletions_first(edits)
}

fn middle(before: &[u32], after: &[u32], from: usize, edits: &mut Vec<Edit>) {
    let trace = if before.is_empty() || after.is_empty() { None } else { search(before, after) };
    let Some(trace) = trace else {
        edits.extend((0..before.len()).map(|at| Edit::Delete(from + at)));
        edits.extend((0..after.len()).map(|at| Edit::Insert(from + at)));
        return;
    };
    // Walk back from the end; `trace[d]` holds the furthest places reached with d edits.
    let mut back = Vec::new();
    let (mut x, mut y) = (before.len(), after.len());
    for depth in (1..trace.len()).rev() {
        let reached = &trace[depth - 1];
        let diagonal = x as isize - y as isize;
        let down = down(reached, diagonal, depth as isize);
        let previous = if down { diagonal + 1 } else { diagonal - 1 };
        let previous_x = at(reached, previous).unwrap_or(0);
        let previous_y = (previous_x as isize - previous) as usize;
        let start_x = if down { previous_x } else { previous_x + 1 };
        while x > start_x {
            (x, y) = (x - 1, y - 1);
            back.push(Edit::Keep(from + x, from + y));
        }
        back.push(if down { Edit::Insert(from + previous_y) } else { Edit::Delete(from + previous_x) });
        (x, y) = (previous_x, previous_y);
    }
    while x > 0 {
        (x, y) = (x - 1, y - 1);
        back.push(Edit::Keep(from + x, from + y));
    }
    edits.extend(back.into_iter().rev());
}

/// The furthest `x` per diagonal for each number of edits; diagonal k of a row with n entries lies at
/// `(k + n - 1) / 2`.
fn search(before: &[u32], after: &[u32]) -> Option<Vec<Vec<usize>>> {
    let mut trace: Vec<Vec<usize>> = Vec::new();
    for depth in 0..=(before.len() + after.len()).min(EDITS_MAX) as isize {
        let mut row = Vec::with_capacity(depth as usize + 1);
        for diagonal in (-depth..=depth).step_by(2) {
            let mut x = match trace.last() {
                None => 0,
                Some(last) if down(last, diagonal, depth) => at(last, diagonal + 1).unwrap_or(0),
                Some(last) => at(last, diagonal - 1).unwrap_or(0) + 1,
            };
            let mut y = (x as isize - diagonal).max(0) as usize;
            while x < before.len() && y < after.len() && before[x] == after[y] {
                (x, y) = (x + 1, y + 1);
            }
            row.push(x);
            if x >= before.len() && y >= after.len() {
                trace.push(row);
                return Some(trace);
            }
        }
        trace.push(row);
    }
    None
}

/// Whether the step onto `diagonal` inserts.
fn down(last: &[usize], diagonal: isize, depth: isize) -> bool {
    diagonal == -depth || diagonal != depth && at(last, diagonal - 1) < at(last, diagonal + 1)
}

fn at(row: &[usize], diagonal: isize) -> Option<usize> {
    let place = diagonal + row.len() as isize - 1;
    if place < 0 { None } else { row.get(place as usize / 2).copied() }
}

fn deletions_first(mut edits: Vec<Edit>) -> Vec<Edit> {
    for run in edits.chunk_by_mut(|left, right| !is_keep(*left) && !is_keep(*right)) {
        run.sort_by_key(|edit| matches!(edit, Edit::Insert(_)));
    }
    edits
}

fn is_keep(edit: Edit) -> bool {
    matches!(edit, Edit::Keep(..))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Edit, edits};

    fn apply(before: &[u32], after: &[u32], edits: &[Edit]) {
        let (mut x, mut y) = (0, 0);
        for edit in edits {
            match *edit {
                Edit::Keep(left, right) => {
                    assert_eq!((left, right), (x, y));
                    assert_eq!(before[left], after[right]);
                    (x, y) = (x + 1, y + 1);
                }
                Edit::Delete(left) => {
                    assert_eq!(left, x);
                    x += 1;
                }
                Edit::Insert(right) => {
                    assert_eq!(right, y);
                    y += 1;
                }
            }
        }
        assert_eq!((x, y), (before.len(), after.len()));
    }

    fn common_length(before: &[u32], after: &[u32]) -> usize {
        let mut row = vec![0; after.len() + 1];
        for left in before {
            let mut diagonal = 0;
            for (at, right) in after.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if left == right { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[after.len()]
    }

    proptest! {
        #[test]
        fn edits_lead_from_one_to_the_other_by_the_shortest_way(
            before in proptest::collection::vec(0_u32..5, 0..24),
            after in proptest::collection::vec(0_u32..5, 0..24),
        ) {
            let found = edits(&before, &after);
            apply(&before, &after, &found);
            let kept = found.iter().filter(|edit| matches!(edit, Edit::Keep(..))).count();
            prop_assert_eq!(kept, common_length(&before, &after));
        }
    }

    #[test]
    fn what_differs_too_much_is_told_as_replaced() {
        let before: Vec<u32> = (0..50_000).collect();
        let after: Vec<u32> = (50_000..100_000).collect();
        let found = edits(&before, &after);
        apply(&before, &after, &found);
        assert_eq!(found.len(), 100_000);
    }
}
