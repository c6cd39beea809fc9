//! Paths of files of values.

use super::{beneath, clean};

#[test]
fn nothing_leads_out_of_the_root() {
    assert_eq!(beneath("", "../../a/./b//c"), "a/b/c");
    assert_eq!(beneath("a/b", "../c.yaml\n"), "a/c.yaml");
    assert_eq!(beneath("a/b", "/c.yaml"), "c.yaml");
}

#[test]
fn paths_within_charts_are_cleaned_as_in_go() {
    assert_eq!(clean("./ci//values.yaml"), "ci/values.yaml");
    assert_eq!(clean("ci/../values.yaml"), "values.yaml");
    assert_eq!(clean("../values.yaml"), "../values.yaml");
    assert_eq!(clean("/values.yaml"), "/values.yaml");
}
