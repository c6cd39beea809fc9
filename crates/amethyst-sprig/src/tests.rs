//! Results and errors as Go's sprig gives them, which were seen by running it.

mod crypto;
mod evaluate;
mod names;
mod semver;
mod shared;

use evaluate::seen;

/// Rows of expression, type and printed value, or expression, `error` and its text; the last as a Go string.
/// They were seen by running sprig 3.3.0 and Helm 4.3.1 in Go 1.26.
const CASES: &str = include_str!("tests/cases.txt");

#[test]
fn cases_give_what_go_gives() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in CASES.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let parts: Vec<&str> = row.split('\t').collect();
        let [expression, kind, shown] = parts.as_slice() else { panic!("not a row: {row}") };
        let found = match seen(expression) {
            Ok((kind, printed)) => (kind, printed),
            Err(error) => ("error".to_owned(), error),
        };
        let found_shown = crate::print::quoted(&found.1);
        if (found.0.as_str(), found_shown.as_str()) != (kind, shown) {
            wrong.push(format!("{expression}\n  go:   {kind} {shown}\n  ours: {} {found_shown}", found.0));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} rows differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 500, "{count} rows");
}
