//! For a terminal.

use std::fmt::Write;

use crate::change::{ChangeKind, FieldChange, ObjectChange, title};
use crate::dangers::{Danger, Level};
use crate::diff::Diff;
use crate::lines::Mark;
use crate::output::body::{BodyLine, field_lines, field_note, short_pair, whole_lines};
use crate::output::scalar::clip;
use crate::output::words;

/// How the text for a terminal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanOptions {
    /// With ANSI colours.
    pub colour: bool,
    /// Summary, dangers, images, charts and one line per object; no fields.
    pub brief: bool,
    /// Noise and long values in full.
    pub full: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for HumanOptions {
    fn default() -> Self {
        Self { colour: false, brief: false, full: false, width: 120 }
    }
}

/// Values and bodies with more lines are cut, unless all is asked for.
const LINES_MAX: usize = 40;

/// The comparison as text for a terminal.
pub fn human(diff: &Diff, options: &HumanOptions) -> String {
    let mut page = Page { out: String::new(), options };
    page.headline(diff);
    page.dangers(&diff.dangers);
    page.images(diff);
    page.charts(diff);
    for withheld in &diff.withheld {
        page.out.push('\n');
        let line = page.paint(YELLOW, &words::withheld(withheld));
        page.line(0, &line);
    }
    page.objects(diff);
    page.out
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const CYAN: &str = "36";

struct Page<'a> {
    out: String,
    options: &'a HumanOptions,
}

impl Page<'_> {
    fn paint(&self, style: &str, text: &str) -> String {
        let text = printable(text);
        if self.options.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text }
    }

    fn line(&mut self, indent: usize, text: &str) {
        let _ = writeln!(self.out, "{:indent$}{text}", "");
    }

    fn title(&mut self, text: &str) {
        self.out.push('\n');
        let text = self.paint(BOLD, text);
        self.line(0, &text);
    }

    fn headline(&mut self, diff: &Diff) {
        let mut text = words::range(diff).map(|range| format!("{range}: ")).unwrap_or_default();
        text.push_str(&words::counts(&diff.summary.total));
        let reach = words::reach(diff);
        if !reach.is_empty() {
            let _ = write!(text, " by {reach}");
        }
        if !diff.summary.namespaces.is_empty() {
            let namespaces: Vec<&str> = diff.summary.namespaces.iter().map(AsRef::as_ref).collect();
            let _ = write!(text, " in {}", namespaces.join(", "));
        }
        let text = self.paint(BOLD, &text);
        self.line(0, &text);
    }

    fn dangers(&mut self, dangers: &[Danger]) {
        if dangers.is_empty() {
            return;
        }
        self.title("Dangers");
        for danger in dangers {
            let style = match danger.level {
                Level::Danger => RED,
                Level::Warning => YELLOW,
                Level::Info => CYAN,
            };
            let head = self.paint(style, &format!("{}[{}]", danger.level, danger.code));
            let field =
                danger.field.as_ref().map(|field| format!("  {}", printable(field))).unwrap_or_default();
            self.line(2, &format!("{head}: {}{field}", printable(&title(&danger.object))));
            self.line(4, &printable(&format!("{}; {}", danger.message, danger.why)));
            let place = danger.location.as_ref().map(|place| format!("  at {place}")).unwrap_or_default();
            let place = self.paint(DIM, &format!("hint: {}{place}", danger.hint));
            self.line(4, &place);
        }
    }

    fn images(&mut self, diff: &Diff) {
        if diff.images.is_empty() {
            return;
        }
        self.title("Images");
        let rows = diff.images.iter().map(|image| {
            let (before, after) = words::versions(image);
            let jump = image.jump.map(|jump| jump.to_string()).unwrap_or_default();
            vec![words::repository(image), before, "->".into(), after, jump, some_of(&words::uses(image), 4)]
        });
        self.table(&rows.collect::<Vec<_>>());
    }

    fn charts(&mut self, diff: &Diff) {
        if diff.charts.is_empty() {
            return;
        }
        self.title("Charts");
        let rows = words::charts(diff).into_iter().map(|row| {
            let jump = row.jump.map(|jump| jump.to_string()).unwrap_or_default();
            vec![row.name, row.before, "->".into(), row.after, jump, some_of(&row.releases, 6)]
        });
        self.table(&rows.collect::<Vec<_>>());
    }

    fn table(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{:width$}", printable(cell))).collect();
            let text = cells.join("  ");
            self.line(2, text.trim_end());
        }
    }

    fn objects(&mut self, diff: &Diff) {
        for (producer, changes, noise) in words::by_producer(diff) {
            let chart = words::chart(diff, producer).map(|chart| format!("  {chart}")).unwrap_or_default();
            let chart = self.paint(DIM, &chart);
            self.out.push('\n');
            let name = self.paint(BOLD, &producer.to_string());
            self.line(0, &format!("{name}{chart}"));
            for change in changes {
                self.object(change);
            }
            if noise.is_empty() {
                continue;
            }
            if self.options.full {
                for change in noise {
                    self.object(change);
                }
            } else {
                let verb = if noise.len() == 1 { "changes" } else { "change" };
                let number = words::count(noise.len(), "object");
                let text = format!("{number} {verb} only in: {}", words::noise(noise));
                let text = self.paint(DIM, &text);
                self.line(2, &text);
            }
        }
    }

    fn object(&mut self, change: &ObjectChange) {
        let style = match change.kind {
            ChangeKind::Added => GREEN,
            ChangeKind::Removed => RED,
            ChangeKind::Changed => YELLOW,
        };
        let mut text = self.paint(style, &format!("{} {}", change.kind.mark(), title(&change.id)));
        let remarks = words::remarks(change);
        if !remarks.is_empty() {
            let _ = write!(text, "  ({})", printable(&remarks.join(", ")));
        }
        let origin = change.origin().map(ToString::to_string).filter(|origin| !origin.is_empty());
        if let Some(origin) = origin {
            text.push_str("  ");
            text.push_str(&self.paint(DIM, &origin));
        }
        self.line(2, &text);
        if self.options.brief {
            return;
        }
        let quiet: Vec<&FieldChange> = change.fields.iter().filter(|field| field.noise.is_some()).collect();
        for field in &change.fields {
            if field.noise.is_none() || self.options.full {
                self.field(field);
            }
        }
        if !quiet.is_empty() && !self.options.full {
            let text = self.paint(DIM, &format!("and {}", words::noise([change])));
            self.line(6, &text);
        }
        self.body(6, &whole_lines(change));
    }

    fn field(&mut self, field: &FieldChange) {
        let path = field.path.to_string();
        let path = printable(&path);
        let note = field_note(field).map(|note| self.paint(DIM, &format!("  ({note})"))).unwrap_or_default();
        let room = self.options.width.saturating_sub(path.chars().count() + 6 + 6);
        if let Some((before, after)) = short_pair(field, room) {
            let (before, after) = (self.paint(RED, &before), self.paint(GREEN, &after));
            self.line(6, &format!("{path}: {before} -> {after}{note}"));
            return;
        }
        let lines = field_lines(field);
        if let [BodyLine::Marked(mark, text)] = lines.as_slice()
            && text.chars().count() <= room
        {
            let style = if *mark == Mark::Added { GREEN } else { RED };
            let text = self.paint(style, &format!("{} {path}: {text}", mark.as_char()));
            self.line(4, &format!("{text}{note}"));
            return;
        }
        self.line(6, &format!("{path}{note}"));
        self.body(8, &lines);
    }

    fn body(&mut self, indent: usize, lines: &[BodyLine]) {
        let shown = if self.options.full { lines.len() } else { LINES_MAX.min(lines.len()) };
        let width = self.options.width.saturating_sub(indent + 2).max(40);
        for line in &lines[..shown] {
            let text = match line {
                BodyLine::Hunk(head) => self.paint(CYAN, head),
                BodyLine::Marked(mark, text) => {
                    let text = if self.options.full { text.into() } else { clip(text, width) };
                    let text = format!("{} {text}", mark.as_char());
                    match mark {
                        Mark::Added => self.paint(GREEN, &text),
                        Mark::Removed => self.paint(RED, &text),
                        Mark::Context => self.paint(DIM, &text),
                    }
                }
            };
            self.line(indent, text.trim_end());
        }
        if shown < lines.len() {
            let rest = words::count(lines.len() - shown, "more line");
            let text = self.paint(DIM, &format!("… {rest}"));
            self.line(indent, &text);
        }
    }
}

/// The first of the names, and how many more there are.
fn some_of(names: &[String], shown_max: usize) -> String {
    let shown = names.len().min(shown_max);
    let more = names.len() - shown;
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names[..shown].join(", "))
}

/// The text without what would steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() && char != '\t' { '\u{fffd}' } else { char }).collect()
}
