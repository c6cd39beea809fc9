//! Helm's table of rules.

use super::Rules;

#[test]
fn rules_ignore_as_helms_do() {
    // pattern, path, whether it is a folder, whether it is ignored
    let cases = [
        ("helm.txt", "helm.txt", false, true),
        ("helm.*", "helm.txt", false, true),
        ("helm.*", "rudder.txt", false, false),
        ("*.txt", "tiller.txt", false, true),
        ("*.txt", "cargo/a.txt", false, true),
        ("cargo/*.txt", "cargo/a.txt", false, true),
        ("cargo/*.*", "cargo/a.txt", false, true),
        ("cargo/*.txt", "mast/a.txt", false, false),
        ("ru[c-e]?er.txt", "rudder.txt", false, true),
        ("templates/.?*", "templates/.dotfile", false, true),
        (".*", ".", true, false),
        (".*", "./", true, false),
        (".*", ".joonix", false, true),
        (".*", "helm.txt", false, false),
        (".*", "", true, false),
        ("cargo/", "cargo", true, true),
        ("cargo/", "cargo/", true, true),
        ("cargo/", "mast/", true, false),
        ("helm.txt/", "helm.txt", false, false),
        ("!helm.txt", "helm.txt", false, false),
        ("!helm.txt", "tiller.txt", false, true),
        ("!*.txt", "cargo", true, true),
        ("!cargo/", "mast/", true, true),
        ("/a.txt", "a.txt", false, true),
        ("/a.txt", "cargo/a.txt", false, false),
        ("/cargo/a.txt", "cargo/a.txt", false, true),
    ];
    for (pattern, path, is_folder, expected) in cases {
        let rules = Rules::parse(pattern).unwrap();
        assert_eq!(rules.ignores(path, is_folder), expected, "{pattern} on {path}");
    }
}

#[test]
fn comments_and_blank_lines_are_no_rules_and_bad_ones_name_their_line() {
    let rules = Rules::parse("#ignore\n\n\t#ignore\nfoo\nbar/*\n").unwrap();
    assert_eq!(rules.0.len(), 2);
    assert_eq!(
        Rules::parse("x\nfoo/**/bar").unwrap_err(),
        (2, "double-star (**) syntax is not supported".to_owned())
    );
    assert_eq!(Rules::parse("[z-").unwrap_err(), (1, "syntax error in pattern".to_owned()));
}

#[test]
fn hidden_files_of_templates_are_always_ignored() {
    let rules = Rules::default().with_defaults();
    assert!(rules.ignores("templates/.swp", false) && !rules.ignores("templates/a.yaml", false));
}
