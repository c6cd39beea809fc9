//! Documents and values from a seed.

use std::fmt::Write;

use amethyst_object::{Map, Number, Value};

/// A small generator of numbers: the same everywhere, always.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// True once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Scalars that mean something, or nearly.
#[rustfmt::skip]
const SCALARS: &[&str] = &[
    "a", "foo", "some text", "true", "True", "TRUE", "tRUE", "false", "yes", "Yes", "no", "on", "On", "off",
    "y", "n", "Y", "N", "null", "Null", "NULL", "~", "nil", "", "0", "-0", "+0", "1", "-1", "+1", "12",
    "0775", "08", "09.5", "0o17", "-0o17", "0o-7", "0O17", "0x1F", "0X1f", "-0x1F", "0x", "0b11", "0B11",
    "-0b11", "0b2", "0b-1", "0b", "1_000", "1__0", "_1", "0_7", "0x_1F", "1.", "1.5", "-1.5", ".5", "-.5",
    "+.5", ".", "..", "1e3", "1E3", "1e+3", "1e-3", "1.5e300", "1e400", "1e-400", "e3", ".e3", "1_0.5",
    ".1_0", ".5_", "._5", ".5e1_0", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "-9223372036854775808", "-9223372036854775809", "+9223372036854775808",
    "123456789012345678901234567890", ".inf", "-.inf", "+.inf", ".Inf", ".nan", ".NaN", "inf", "nan",
    "Infinity", "1:30", "12:30:45", "-1:30", "190:20:30.15", "1:60", "2001-01-01", "2001-1-1", "2001-13-01",
    "2001-02-30", "2001-12-14t21:59:43.10-05:00", "2001-12-14T21:59:43Z", "2001-12-14T21:59:43",
    "2001-12-14 21:59:43.10 -5", "2001-12-15 2:59:43.10", "2001-12-14 21:59:43",
    "2001-12-14T21:59:43.123456789+01:00", "20010101", "0001-01-01", "2001-01-01T24:00:00Z",
    "2001-01-01T1:2:3Z", "0.1", "0.30000000000000004", "1e6", "1e21", "1e20", "1e-6", "1e-7", "1000000",
    "123456789.0", "1.0", "-0.0", "3.0e0", "<<", "=", "key", "http://x.y/z?a=b&c=d#e", "a:b", "a: b",
    "a :b", "a#b", "a #b", "#a", "- a", "-a", "-", "--", "---", "...", "--- a", "? a", "?a", "?", ":", ":a",
    ": a", "a:", "{a}", "[a]", "a,b", "a, b", "{", "}", "[", "]", "&a", "*a", "!a", "!!str", "|", ">", "|a",
    "%a", "@a", "`a", "a%b", "a@b", "'a", "\"a", "a'b", "a\"b", "it's", "\\", "a\\b", "a\tb", "\ta", "a\t",
    " a", "a ", "é", "日本語", "ключ", "😀", "a\u{a0}b", "\u{a0}", "\u{2028}", "a\u{2028}b", "\u{85}",
    "a\u{85}b", "\u{feff}", "a\u{feff}b", "\u{e000}", "\u{fffd}", "a\u{301}", "$(VAR)", "${VAR}",
    "{{ .Values.x }}", "x{{ y }}", "100m", "1Gi", "0.5Gi", "10.0.0.1", "10.0.0.0/8", "1.2.3", "v1.2.3",
    "1.10", "::1", "fe80::1", "00:11:22:33:44:55", "a=b", "--flag=value", "@every 1h", "*/5 * * * *",
    "0 3 * * *", "sha256:abcdef0123456789", "1e10m", "5s", "0123", "012e3", "1_e3", "0.0.0.0/0", "+", "- -",
    "-1-", "1-1", "t", "T", "f", "o", "O",
];

/// Words for lines that fold.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "lorem", "ipsum", "dolor", "sit", "amet,", "consectetur", "a", "b", "I", "é", "日本", "with:colon",
    "#hash", "it's", "\"quoted\"", "x=1;", "--", "- ",
    "averyveryveryverylongwordthatgoesonandonandonandonandonandonandonandonandonandonandonandon", "\\", "😀",
    "\t",
];

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "a", "b", "c", "name", "key", "a1", "a2", "a10", "1", "2", "10", "true", "on", "null", "~", "1.5", "é",
    "B", "_", "x-y", "x.y", "x/y", "<<", "0775", "y", "\"q\"", "'s'", "\"\"", "''", "a b", "? a", "&k a",
    "*k", "!!str 1", "[a]", "{a: b}", "2001-01-01", "1e3", "-1", "a\\b",
];

/// The text of one file, most of the time with one document.
pub(crate) fn document(random: &mut Random) -> String {
    let mut text = String::new();
    if random.once_in(40) {
        text.push_str(random.pick(&[
            "%YAML 1.1\n",
            "%YAML 1.2\n",
            "%TAG !e! tag:e.x,2000:\n",
            "%FOO\n",
            "\u{feff}",
            "%YAML 1.1 # c\n",
        ]));
    }
    if random.once_in(4) {
        text.push_str(random.pick(&[
            "---\n",
            "--- # c\n",
            "---\n# c\n",
            "--- ",
            "# c\n---\n",
            "\n\n---\n",
            "...\n",
        ]));
    }
    let depth = 1 + random.below(4);
    let mut maker = Maker { random, text, anchors: 0 };
    maker.node(0, depth, false);
    let Maker { mut text, .. } = maker;
    if random.once_in(6) {
        text.push_str(random.pick(&[
            "---\nb: 2\n",
            "...\n",
            "# end",
            "---\n",
            "...\nb\n",
            "--- |\n x\n",
            "--- b\n--- c",
        ]));
    }
    if random.once_in(10) {
        text = text.replace('\n', random.pick(&["\r\n", "\r", "\n\n", "\n"]));
    }
    for _ in 0..[0, 0, 0, 1, 1, 2, 4][random.below(7)] {
        mutate(random, &mut text);
    }
    text
}

/// Changes a character or a line somewhere.
fn mutate(random: &mut Random, text: &mut String) {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        " ", "\n", "\t", ":", ": ", "-", "- ", "#", " #", "'", "\"", "[", "]", "{", "}", ",", "&a", "*a",
        "!", "|", ">", "?", "? ", "%", "@", "\\", "\r", "\n  ", "\n-", "---\n", "...\n", "a", "0", "~",
        "<<: ", "\u{85}", "\u{2028}", "é", "|2", "|-\n", ">+\n", "\\x41", "!!int ", "!<x> ",
    ];
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let at = places[random.below(places.len())];
    match random.below(4) {
        0 if at < text.len() => {
            text.remove(at);
        }
        1 => {
            let end = places[random.below(places.len())].max(at);
            if end - at < 30 {
                let piece = text[at..end].to_owned();
                let to = places[random.below(places.len())];
                text.insert_str(to, &piece);
            }
        }
        _ => text.insert_str(at, random.pick(PIECES)),
    }
}

struct Maker<'r> {
    random: &'r mut Random,
    text: String,
    anchors: usize,
}

impl Maker<'_> {
    /// A node at this indentation; `inline` when something stands before it on its line.
    fn node(&mut self, indent: usize, depth: usize, inline: bool) {
        if inline && self.random.once_in(8) {
            self.properties();
        }
        match self.random.below(if depth == 0 { 5 } else { 12 }) {
            0..=3 => self.scalar(indent),
            4 => {
                self.flow(2);
                self.line_end();
            }
            5..=8 => {
                if inline {
                    self.line_end();
                }
                self.map(indent, depth);
            }
            _ => {
                if inline {
                    self.line_end();
                }
                self.list(indent, depth);
            }
        }
    }

    fn properties(&mut self) {
        if self.random.once_in(2) {
            let tag = self.random.pick(&[
                "!!str ",
                "!!int ",
                "!!float ",
                "!!bool ",
                "!!null ",
                "!!binary ",
                "!!timestamp ",
                "!!map ",
                "!!seq ",
                "! ",
                "!local ",
                "!e!x ",
                "!<tag:yaml.org,2002:str> ",
                "!!merge ",
                "!!unknown ",
                "!a%20b ",
                "!!set ",
            ]);
            self.text.push_str(tag);
        } else {
            let names = ["a", "b", "x1", "k"];
            let name = names[self.random.below(4)];
            self.anchors += 1;
            let _ = write!(self.text, "&{name} ");
        }
    }

    fn line_end(&mut self) {
        let end = self.random.pick(&[
            "\n",
            "\n",
            "\n",
            "\n",
            "\n",
            " # c\n",
            " \n",
            "\n\n",
            "\n# c\n",
            "\t\n",
            "\n   # c\n",
        ]);
        self.text.push_str(end);
    }

    fn pad(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn map(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(4) {
            self.pad(indent);
            if self.random.once_in(25) {
                self.text.push_str("<<: ");
                let merged = self.random.pick(&[
                    "*a\n",
                    "*b\n",
                    "[*a, *b]\n",
                    "{m: 1, a: 2}\n",
                    "[{m: 1}, {m: 2, n: 3}]\n",
                    "1\n",
                    "~\n",
                ]);
                self.text.push_str(merged);
                continue;
            }
            let key = if self.random.once_in(3) {
                self.random.pick(KEYS)
            } else {
                self.random.pick(&["a", "b", "c", "d", "e", "name", "spec"])
            };
            self.text.push_str(key);
            self.text.push(':');
            if self.random.once_in(12) {
                self.line_end();
                continue;
            }
            self.text.push_str(self.random.pick(&[" ", " ", " ", " ", "  ", "\t", ""]));
            let step = [1, 2, 2, 2, 4][self.random.below(5)];
            if self.random.once_in(5) && depth > 0 {
                self.line_end();
                let inner = if self.random.once_in(2) { indent } else { indent + step };
                self.list(inner, depth - 1);
            } else {
                self.node(indent + step, depth.saturating_sub(1), true);
            }
        }
    }

    fn list(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(3) {
            self.pad(indent);
            self.text.push('-');
            if self.random.once_in(12) {
                self.line_end();
                continue;
            }
            self.text.push_str(self.random.pick(&[" ", " ", " ", "   ", "\t"]));
            if depth > 0 && self.random.once_in(2) {
                // A map that begins on the dash's line.
                let key = self.random.pick(&["a", "name", "x"]);
                let _ = write!(self.text, "{key}: ");
                self.scalar(indent + 4);
                if self.random.once_in(2) {
                    self.map(indent + 2, depth - 1);
                }
            } else {
                self.node(indent + 2, depth.saturating_sub(1), true);
            }
        }
    }

    fn flow(&mut self, depth: usize) {
        let is_map = self.random.once_in(2);
        self.text.push(if is_map { '{' } else { '[' });
        for at in 0..self.random.below(4) {
            if at > 0 {
                self.text.push_str(self.random.pick(&[",", ", ", " , ", ",\n    ", ", # c\n   "]));
            }
            if is_map || self.random.once_in(6) {
                self.text.push_str(self.random.pick(KEYS));
                self.text.push_str(self.random.pick(&[": ", ": ", ": ", ":", " : ", "", ":\n   "]));
            }
            match self.random.below(6) {
                0 if depth > 0 => self.flow(depth - 1),
                1 => self.quoted(4),
                2 if self.random.once_in(4) => self.text.push_str("*a"),
                3 if self.random.once_in(4) => self.properties(),
                _ => {
                    let scalar = self.random.pick(SCALARS);
                    self.text.push_str(scalar);
                }
            }
        }
        self.text.push_str(self.random.pick(&["", "", "", ",", " ", "\n  "]));
        self.text.push(if is_map { '}' } else { ']' });
    }

    fn scalar(&mut self, indent: usize) {
        match self.random.below(12) {
            0..=5 => {
                let scalar = self.random.pick(SCALARS);
                self.text.push_str(scalar);
                self.line_end();
            }
            6 => {
                let name = self.random.pick(&["*a", "*b", "*x1", "*k", "*none"]);
                let name = if self.anchors > 0 { name } else { "x" };
                self.text.push_str(name);
                self.line_end();
            }
            7 => {
                self.quoted(indent);
                self.line_end();
            }
            8 => {
                self.lines(indent);
                self.line_end();
            }
            _ => self.block(indent),
        }
    }

    /// Words over several lines.
    fn lines(&mut self, indent: usize) {
        for at in 0..=self.random.below(8) {
            if at > 0 {
                if self.random.once_in(3) {
                    let line_break = self.random.pick(&["\n", "\n", "\n\n", "\n\n\n", " \n", "\t\n"]);
                    self.text.push_str(line_break);
                    let more = self.random.below(2);
                    self.pad(indent + more);
                } else {
                    self.text.push_str(self.random.pick(&[" ", " ", "  "]));
                }
            }
            let word = self.random.pick(WORDS);
            self.text.push_str(word);
        }
    }

    fn quoted(&mut self, indent: usize) {
        let double = self.random.once_in(2);
        self.text.push(if double { '"' } else { '\'' });
        let start = self.text.len();
        if self.random.once_in(2) {
            let scalar = self.random.pick(SCALARS);
            self.text.push_str(scalar);
        } else {
            self.lines(indent);
        }
        let inner = self.text.split_off(start);
        if double {
            self.text.push_str(
                &inner
                    .replace(
                        '\\',
                        self.random.pick(&[
                            "\\\\",
                            "\\n",
                            "\\x41",
                            "\\u00e9",
                            "\\U0001F600",
                            "\\\n",
                            "\\q",
                            "\\ud800",
                            "\\/",
                        ]),
                    )
                    .replace('"', "\\\""),
            );
            if self.random.once_in(4) {
                let escape = self.random.pick(&[
                    "\\t", "\\n", "\\0", "\\e", "\\N", "\\_", "\\L", "\\P", "\\ ", "\\'", "\\a", "\\x0",
                    "\\\r\n  ",
                ]);
                self.text.push_str(escape);
            }
            self.text.push('"');
        } else {
            self.text.push_str(&inner.replace('\'', "''"));
            self.text.push('\'');
        }
    }

    fn block(&mut self, indent: usize) {
        let header = self.random.pick(&[
            "|", ">", "|-", ">-", "|+", ">+", "|2", ">2", "|2-", "|-2", ">1+", "|4", "| # c", ">0", "|x",
        ]);
        self.text.push_str(header);
        self.text.push('\n');
        let indent = indent.max(1);
        for _ in 0..self.random.below(6) {
            if self.random.once_in(4) {
                let empty = self.random.pick(&["\n", "\n\n", " \n", "      \n", "\t\n"]);
                self.text.push_str(empty);
                continue;
            }
            let more = [0, 0, 0, 0, 1, 2][self.random.below(6)];
            self.pad(indent + more);
            for _ in 0..=self.random.below(6) {
                let word = self.random.pick(WORDS);
                self.text.push_str(word);
                self.text.push_str(self.random.pick(&[" ", " ", " ", "  "]));
            }
            if self.random.once_in(2) {
                self.text.truncate(self.text.trim_end_matches(' ').len());
            }
            self.text.push('\n');
        }
    }
}

/// A value with strings of all sorts.
pub(crate) fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 8 } else { 12 }) {
        0 => Value::Null,
        1 => Value::Bool(random.once_in(2)),
        2 => Value::Number(Number::from_lexeme(random.pick(&[
            "0",
            "1",
            "-1",
            "12",
            "1.5",
            "-0.25",
            "1e6",
            "1e21",
            "1E-7",
            "123456789",
            "9223372036854775807",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "0.1",
            "1e+300",
            "5e-324",
            "100000",
            "1000000",
            "1234567.5",
            "0.00001",
            "0.0001",
        ]))),
        3..=7 => Value::from(string(random)),
        8 | 9 => Value::Array((0..random.below(4)).map(|_| value(random, depth - 1)).collect()),
        _ => {
            let mut map = Map::new();
            for _ in 0..random.below(6) {
                let key = if random.once_in(3) { string(random) } else { short(random) };
                map.insert(key, value(random, depth - 1));
            }
            Value::Object(map)
        }
    }
}

fn short(random: &mut Random) -> String {
    const LETTERS: &[&str] = &["a", "b", "A", "1", "2", "0", "10", "-", "_", ".", "/", "é", "z", "01", "100"];
    (0..=random.below(4)).map(|_| random.pick(LETTERS)).collect()
}

fn string(random: &mut Random) -> String {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        " ", "  ", "\n", "\n\n", "\t", "a", "b ", ": ", " #", "'", "\"", "\\", "-", "é", "日", "😀",
        "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}", "\u{a0}", "\0", "\u{7}", "\u{1b}", "\u{7f}", "\r",
        "\r\n", "\u{fffe}", "\u{e000}", "\u{d7ff}", "0", "1", "y", "~", "?", "{", "[", ",", "%", "@", "word",
        "word ",
    ];
    match random.below(6) {
        0 | 1 => random.pick(SCALARS).to_owned(),
        2 | 3 => {
            let mut text = String::new();
            for _ in 0..random.below(30) {
                text.push_str(random.pick(WORDS));
                text.push_str(random.pick(&[" ", " ", " ", " ", "  ", "\n", " \n", "\n ", "\n\n", ""]));
            }
            text
        }
        _ => (0..random.below(8)).map(|_| random.pick(PIECES)).collect(),
    }
}
