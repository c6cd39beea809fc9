//! Holds this crate against what `peers/gotemplate` writes: `gotemplate random 10000 1 | oracle`.

#[path = "../tests/it/support.rs"]
mod support;

use std::io::BufRead as _;

#[expect(clippy::print_stdout, reason = "it is what the program is for")]
fn main() {
    let (mut same, mut errors, mut different, mut deep) = (0, 0, 0, 0);
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(case) = amethyst_object::json::parse(line.as_bytes()) else { continue };
        let text = case.str_at(&["text"]).unwrap_or_default();
        let expected = match case.str_at(&["error"]) {
            Some(error) => Err(error.to_owned()),
            None => Ok(case.str_at(&["out"]).unwrap_or_default().to_owned()),
        };
        let ours = support::run(text);
        if ours == expected {
            same += 1;
            errors += i32::from(ours.is_err());
            continue;
        }
        // The two have stacks of different sizes.
        let is_deep = |result: &Result<String, String>| {
            result.as_ref().is_err_and(|error| error.contains("exceeded maximum template depth"))
        };
        if is_deep(&ours) && is_deep(&expected) {
            deep += 1;
            continue;
        }
        different += 1;
        if different <= 40 {
            println!("--- {text}\n  go   {expected:?}\n  ours {ours:?}");
        }
    }
    println!("{same} are the same, {errors} of them errors; {deep} too deep for both; {different} differ");
}
