//! Indexes in every layout, and what is none.

use std::io::Write;

use super::scan;

/// As `helm repo index` writes it, with what descriptions may hold.
const INDEX: &str = "apiVersion: v1
entries:
  alpine:
  - apiVersion: v2
    created: \"2026-01-02T03:04:05.123456789Z\"
    description: |
      Lines
      # not a comment

      app-template:
      - name: nested
    digest: \"1111111111111111111111111111111111111111111111111111111111111111\"
    name: alpine
    urls:
    - alpine-0.2.0.tgz
    version: 0.2.0
  app-template:
  - apiVersion: v2
    description: a chart
    digest: abc
    name: app-template
    urls:
    - https://h/app-template-4.6.2.tgz
    - https://h/other.tgz
    version: 4.6.2

  # a comment
  - apiVersion: v2
    name: app-template
    version: 4.6.1
    created: 2026-01-02T03:04:05Z
    urls: [app-template-4.6.1.tgz]
  - name: another
    version: 9.9.9
  - name: app-template
    version: \"1.10\"
  zlast:
  - name: zlast
    version: 1.0.0
generated: \"2026-01-02T03:04:05Z\"
";

fn found(text: &str, chart: &str) -> Result<Option<String>, String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let scanned = scan(file.path(), chart)?;
    Ok(scanned.versions.map(|versions| {
        versions
            .iter()
            .map(|one| format!("{} {} {}", one.version, one.urls.join("+"), one.digest))
            .collect::<Vec<_>>()
            .join("; ")
    }))
}

const TEMPLATE: &str =
    "4.6.2 https://h/app-template-4.6.2.tgz+https://h/other.tgz abc; 4.6.1 app-template-4.6.1.tgz ; 1.10  ";

#[test]
fn one_chart_is_found_by_its_lines() {
    assert_eq!(found(INDEX, "app-template").unwrap().unwrap(), TEMPLATE);
    assert_eq!(found(INDEX, "zlast").unwrap().unwrap(), "1.0.0  ");
    assert_eq!(
        found(INDEX, "alpine").unwrap().unwrap(),
        "0.2.0 alpine-0.2.0.tgz 1111111111111111111111111111111111111111111111111111111111111111"
    );
    assert_eq!(found(INDEX, "nested").unwrap(), None);
    assert_eq!(found(INDEX, "entries").unwrap(), None);
}

#[test]
fn other_layouts_say_the_same() {
    let indented =
        INDEX.replace("\n  - ", "\n    - ").replace("\n    - name: nested", "\n      - name: nested");
    let indented: String = indented
        .lines()
        .map(|line| {
            if line.starts_with("    ") && !line.starts_with("    - ") && !line.starts_with("      ") {
                format!("  {line}\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let windows = INDEX.replace('\n', "\r\n");
    let quoted = INDEX.replace("  app-template:\n  - api", "  \"app-template\":\n  - api");
    let value = amethyst_yaml::parse_one(INDEX, amethyst_yaml::Dialect::GoV2).unwrap();
    let json = amethyst_object::json::to_string(&value);
    let opened = format!("# made by hand\n---\n{INDEX}");
    for (name, text) in [("windows", &windows), ("quoted", &quoted), ("json", &json), ("opened", &opened)] {
        assert_eq!(found(text, "app-template").unwrap().unwrap(), TEMPLATE, "{name}");
    }
    assert!(found(&indented, "zlast").unwrap().is_some());
    // One whose lines do not show it is read whole.
    let flow = "{apiVersion: v1, entries: {app-template: [{name: app-template, version: 1.0.0}]}}";
    assert_eq!(found(flow, "app-template").unwrap().unwrap(), "1.0.0  ");
    let half = "apiVersion: v1\nentries:\n  x: [{name: x, version: 1.0.0}]\n";
    assert_eq!(found(half, "x").unwrap().unwrap(), "1.0.0  ");
    let anchored = "apiVersion: v1\nentries:\n  a:\n  - &a {name: x, version: 1.0.0}\n  x:\n  - *a\n";
    assert_eq!(found(anchored, "x").unwrap().unwrap(), "1.0.0  ");
}

#[test]
fn a_list_that_stands_twice_means_its_last() {
    let twice = "apiVersion: v1\nentries:\n  x:\n  - name: x\n    version: 1.0.0\n  x:\n  - name: x\n    version: 2.0.0\n";
    assert_eq!(found(twice, "x").unwrap().unwrap(), "2.0.0  ");
    assert_eq!(found("apiVersion: v1\nentries:\n  x: []\n", "x").unwrap().unwrap(), "");
    assert_eq!(found("apiVersion: v1\nentries:\n  x:\n  y:\n", "x").unwrap().unwrap(), "");
    assert_eq!(found("apiVersion: v1\nentries: {}\n", "x").unwrap(), None);
}

#[test]
fn what_is_no_index_is_told() {
    for text in [
        "",
        "   \n",
        "<!DOCTYPE html><html>",
        "entries:\n  x:\n  - name: x\n",
        "[1, 2]",
        "{\"apiVersion\": \"v1\"",
        "apiVersion: v1\nentries:\n  x:\n  - name: [\n",
        "\u{0}",
    ] {
        assert!(found(text, "x").is_err(), "{text:?}");
    }
}

#[test]
fn near_names_are_told() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(INDEX.as_bytes()).unwrap();
    assert_eq!(scan(file.path(), "template").unwrap().near, ["app-template"]);
}

/// A hundred megabytes of others, in the memory of one line: what is kept is only the wanted chart's.
#[test]
fn a_huge_index_is_read_line_by_line() {
    struct Huge {
        left: usize,
        at: usize,
        piece: Vec<u8>,
    }
    impl std::io::Read for Huge {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if self.at == self.piece.len() {
                if self.left == 0 {
                    return Ok(0);
                }
                self.left -= 1;
                self.at = 0;
                self.piece = match self.left {
                    0 => b"  wanted:\n  - name: wanted\n    version: 1.2.3\n".to_vec(),
                    left => format!(
                        "  chart-{left}:\n{}",
                        "  - name: other\n    description: some words that are skipped\n    version: 1.0.0\n"
                            .repeat(100)
                    )
                    .into_bytes(),
                };
            }
            let count = out.len().min(self.piece.len() - self.at);
            out[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
            self.at += count;
            Ok(count)
        }
    }
    let huge = Huge { left: 3000, at: 0, piece: b"apiVersion: v1\nentries:\n".to_vec() };
    let scanned = super::lines::scan(std::io::BufReader::new(huge), "wanted").unwrap();
    assert_eq!(scanned.versions.unwrap()[0].version, "1.2.3");
    assert!(scanned.near.len() <= 5);
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Whatever the lines say is what reading all of it says, for indexes that are broken at random too.
#[test]
fn lines_and_the_whole_agree() {
    let mut chance = Chance(7);
    let (mut agreed, mut refused) = (0, 0);
    for _ in 0..3000 {
        let mut text = INDEX.as_bytes().to_vec();
        for _ in 0..chance.below(4) {
            let (at, other) = (chance.below(text.len()), chance.below(text.len()));
            match chance.below(5) {
                0 => text[at] = b" -:#\n\"'|[]{}&*\tx"[chance.below(16)],
                1 => drop(text.remove(at)),
                2 => text.truncate(at.max(1)),
                3 => text.insert(at, b" \n"[chance.below(2)]),
                _ => text.swap(at, other),
            }
        }
        let text = String::from_utf8(text).unwrap();
        let by_lines = super::lines::scan(text.as_bytes(), "app-template");
        let Ok(by_lines) = by_lines else {
            refused += 1;
            continue;
        };
        // What the whole refuses because of another chart's entry is no concern of this one.
        let Ok(whole) = super::whole(&text, "app-template") else { continue };
        assert_eq!(by_lines.versions, whole.versions, "{text}");
        agreed += 1;
    }
    assert!(agreed > 1000 && refused > 10, "{agreed} {refused}");
}
