//! For a comment on a pull request.

use std::fmt::Write;

use crate::change::{ObjectChange, title};
use crate::dangers::{Danger, Level};
use crate::diff::Diff;
use crate::output::body::{BodyLine, field_lines, field_note, whole_lines};
use crate::output::html::escape;
use crate::output::scalar::clip;
use crate::output::words;

/// GitHub refuses longer comments.
pub const MARKDOWN_BYTES_MAX: usize = 65_536;
/// What is kept free for the note about what is left out.
const NOTE_BYTES: usize = 512;
/// Rows of the tables at the top, and dangers, up to this number each.
const ROWS_MAX: usize = 40;
/// Longer lines are cut.
const LINE_CHARS_MAX: usize = 300;

/// The comparison as Markdown in fewer than [`MARKDOWN_BYTES_MAX`] bytes: where it would be longer, the largest bodies
/// are left out, and it says which.
pub fn markdown(diff: &Diff) -> String {
    let mut out = String::new();
    headline(diff, &mut out);
    dangers(diff, &mut out);
    tables(diff, &mut out);
    let mut sections = sections(diff);
    let room = MARKDOWN_BYTES_MAX - 1 - NOTE_BYTES.min(MARKDOWN_BYTES_MAX);
    fit(&mut sections, room.saturating_sub(out.len()));
    let mut left_out = 0;
    for section in &sections {
        let closed = section.entries.iter().filter(|entry| !entry.hidden).count();
        if closed == 0 && section.tail.is_empty() {
            left_out += section.entries.len();
            continue;
        }
        out.push_str(&section.head);
        for entry in section.entries.iter().filter(|entry| !entry.hidden) {
            out.push_str(&entry.head);
            out.push_str(if entry.stub { &entry.instead } else { &entry.body });
        }
        left_out += section.entries.iter().filter(|entry| entry.hidden).count();
        out.push_str(&section.tail);
        out.push_str(SECTION_END);
    }
    let stubs = sections
        .iter()
        .flat_map(|section| &section.entries)
        .filter(|entry| entry.stub && !entry.hidden)
        .count();
    if stubs + left_out > 0 {
        let _ = write!(
            out,
            "\n*Shortened to fit into a comment: {} without a body",
            words::count(stubs, "object")
        );
        if left_out > 0 {
            let _ = write!(out, ", {left_out} not listed");
        }
        out.push_str(". The HTML page and the JSON have all of it.*\n");
    }
    out
}

const SECTION_END: &str = "\n</details>\n";

/// The objects of one producer.
struct Section {
    head: String,
    entries: Vec<Entry>,
    tail: String,
}

struct Entry {
    head: String,
    body: String,
    /// What stands for the body when it is left out.
    instead: String,
    stub: bool,
    hidden: bool,
}

/// Leaves the largest bodies out until the rest fits, then objects from the end.
fn fit(sections: &mut [Section], room: usize) {
    let frame = |section: &Section| section.head.len() + section.tail.len() + SECTION_END.len();
    let mut total: usize = sections.iter().map(frame).sum();
    let mut entries: Vec<&mut Entry> = sections.iter_mut().flat_map(|section| &mut section.entries).collect();
    total += entries.iter().map(|entry| entry.head.len() + entry.body.len()).sum::<usize>();
    let mut by_size: Vec<usize> = (0..entries.len()).collect();
    by_size.sort_by_key(|at| std::cmp::Reverse(entries[*at].body.len()));
    for at in by_size {
        let entry = &mut *entries[at];
        if total <= room || entry.body.len() <= entry.instead.len() {
            break;
        }
        total -= entry.body.len() - entry.instead.len();
        entry.stub = true;
    }
    for entry in entries.iter_mut().rev() {
        if total <= room {
            return;
        }
        total -= entry.head.len() + if entry.stub { entry.instead.len() } else { entry.body.len() };
        entry.hidden = true;
    }
    // Sections without a shown object cost nothing any more; what still does not fit goes from the end.
    for section in sections.iter_mut().rev() {
        if total <= room {
            return;
        }
        total = total.saturating_sub(frame(section));
        section.tail.clear();
    }
}

fn headline(diff: &Diff, out: &mut String) {
    let range = words::range(diff).map(|range| format!(" {}", code(&range))).unwrap_or_default();
    let _ = writeln!(out, "### What changes{range}\n");
    let total = &diff.summary.total;
    let _ = write!(out, "**{}**", words::counts(total));
    let reach = words::reach(diff);
    if !reach.is_empty() {
        let _ = write!(out, " · {reach}");
    }
    if !diff.summary.namespaces.is_empty() {
        let shown: Vec<String> = diff.summary.namespaces.iter().take(12).map(|name| code(name)).collect();
        let more = diff.summary.namespaces.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = write!(out, " · {}{more}", shown.join(" "));
    }
    if total.restarts > 0 {
        let verb = if total.restarts == 1 { "restarts" } else { "restart" };
        let _ = write!(out, " · {} {verb}", words::count(total.restarts, "workload"));
    }
    out.push('\n');
}

fn dangers(diff: &Diff, out: &mut String) {
    for (level, alert) in [(Level::Danger, "CAUTION"), (Level::Warning, "WARNING")] {
        let of_level: Vec<&Danger> = diff.dangers.iter().filter(|danger| danger.level == level).collect();
        if of_level.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n> [!{alert}]");
        for danger in of_level.iter().take(ROWS_MAX) {
            let _ = writeln!(out, "> {}", danger_line(danger));
        }
        if of_level.len() > ROWS_MAX {
            let _ = writeln!(out, "> - and {} more", of_level.len() - ROWS_MAX);
        }
    }
    for withheld in diff.withheld.iter().take(ROWS_MAX) {
        let _ = writeln!(out, "\n> [!IMPORTANT]\n> {}", plain(&words::withheld(withheld)));
    }
    let notes: Vec<&Danger> = diff.dangers.iter().filter(|danger| danger.level == Level::Info).collect();
    if !notes.is_empty() {
        let _ = writeln!(out, "\n<details><summary>{}</summary>\n", words::count(notes.len(), "note"));
        for danger in notes.iter().take(ROWS_MAX) {
            let _ = writeln!(out, "{}", danger_line(danger));
        }
        out.push_str("\n</details>\n");
    }
}

fn danger_line(danger: &Danger) -> String {
    let field = danger.field.as_ref().map(|field| format!(" {}", code(field))).unwrap_or_default();
    let place = danger
        .location
        .as_ref()
        .map(|place| format!(" <sub>{}</sub>", code(&place.to_string())))
        .unwrap_or_default();
    format!(
        "- **{}** {}{field}: {}; {}. *{}*{place}",
        danger.code,
        code(&title(&danger.object)),
        plain(&danger.message),
        plain(&danger.why),
        plain(&danger.hint)
    )
}

fn tables(diff: &Diff, out: &mut String) {
    if !diff.images.is_empty() {
        out.push_str("\n| Image | Before | After | | Used by |\n|---|---|---|---|---|\n");
        for image in diff.images.iter().take(ROWS_MAX) {
            let (before, after) = words::versions(image);
            let jump = image.jump.map(bold_jump).unwrap_or_default();
            let mut uses: Vec<String> = words::uses(image).iter().take(4).map(|place| cell(place)).collect();
            if image.uses.len() > 4 {
                uses.push(format!("{} uses in all", image.uses.len()));
            }
            let _ = writeln!(
                out,
                "| {} | {} | {} | {jump} | {} |",
                cell(&words::repository(image)),
                cell(&before),
                cell(&after),
                uses.join("<br>")
            );
        }
        more(diff.images.len(), "image", out);
    }
    if !diff.charts.is_empty() {
        out.push_str("\n| Chart | Before | After | | Releases |\n|---|---|---|---|---|\n");
        let rows = words::charts(diff);
        for row in rows.iter().take(ROWS_MAX) {
            let jump = row.jump.map(bold_jump).unwrap_or_default();
            let mut releases: Vec<String> = row.releases.iter().take(8).map(|name| cell(name)).collect();
            if row.releases.len() > 8 {
                releases.push(format!("{} in all", row.releases.len()));
            }
            let (name, before, after) = (cell(&row.name), cell(&row.before), cell(&row.after));
            let _ = writeln!(out, "| {name} | {before} | {after} | {jump} | {} |", releases.join(", "));
        }
        more(rows.len(), "chart", out);
    }
}

fn bold_jump(jump: crate::Jump) -> String {
    match jump {
        crate::Jump::Major | crate::Jump::Downgrade => format!("**{jump}**"),
        other => other.to_string(),
    }
}

fn more(rows: usize, word: &str, out: &mut String) {
    if rows > ROWS_MAX {
        let _ = writeln!(out, "\nand {}", words::count(rows - ROWS_MAX, &format!("more {word}")));
    }
}

fn sections(diff: &Diff) -> Vec<Section> {
    let groups = words::by_producer(diff).into_iter().map(|(producer, changes, noise)| {
        let counts =
            diff.summary.producers.iter().find(|(other, _)| other.is(producer)).map(|(_, counts)| *counts);
        let chart =
            words::chart(diff, producer).map(|chart| format!(" · {}", escape(&chart))).unwrap_or_default();
        let head = format!(
            "\n<details><summary><b>{}</b>{chart} · {}</summary>\n",
            escape(&producer.to_string()),
            escape(&counts.map(|counts| words::marks(&counts)).unwrap_or_default()),
        );
        let tail = if noise.is_empty() {
            String::new()
        } else {
            let verb = if noise.len() == 1 { "changes" } else { "change" };
            format!(
                "\n{} {verb} only in: {}\n",
                words::count(noise.len(), "object"),
                plain(&words::noise(noise))
            )
        };
        Section { head, entries: changes.into_iter().map(entry).collect(), tail }
    });
    groups.collect()
}

fn entry(change: &ObjectChange) -> Entry {
    let mut head = format!("\n{} {}", code(&change.kind.mark().to_string()), code(&title(&change.id)));
    for remark in words::remarks(change) {
        let _ = write!(head, " · {}", plain(&remark));
    }
    if let Some(origin) = change.origin().map(ToString::to_string).filter(|origin| !origin.is_empty()) {
        let _ = write!(head, " · <sub>{}</sub>", code(&origin));
    }
    head.push('\n');
    let (text, lines) = diff_text(change);
    let body = if text.is_empty() { String::new() } else { fenced(&text) };
    Entry {
        head,
        body,
        instead: format!("\n*{} left out*\n", words::count(lines, "line")),
        stub: false,
        hidden: false,
    }
}

/// The changes in the form of a unified diff, and how many lines that are.
fn diff_text(change: &ObjectChange) -> (String, usize) {
    let (mut text, mut count) = (String::new(), 0);
    let mut put = |line: &str| {
        let line = line.replace('\r', "␍");
        let _ = writeln!(text, "{}", clip(line.trim_end(), LINE_CHARS_MAX));
        count += 1;
    };
    let body = |put: &mut dyn FnMut(&str), lines: Vec<BodyLine>| {
        for line in lines {
            match line {
                BodyLine::Hunk(head) => put(&head),
                BodyLine::Marked(mark, text) => put(&format!("{} {text}", mark.as_char())),
            }
        }
    };
    for field in change.fields.iter().filter(|field| field.noise.is_none()) {
        let note = field_note(field).map(|note| format!(" ({note})")).unwrap_or_default();
        put(&format!("@@ {} @@{note}", field.path));
        body(&mut put, field_lines(field));
    }
    let noise = words::noise([change]);
    if !noise.is_empty() {
        put(&format!("# and {noise}"));
    }
    body(&mut put, whole_lines(change));
    (text, count)
}

/// A block that the text cannot end.
fn fenced(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("\n{fence}diff\n{text}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or_default()
}

/// A span of code that the text cannot end.
fn code(text: &str) -> String {
    let text = clip(text, LINE_CHARS_MAX).replace(char::is_control, " ");
    let fence = "`".repeat(longest_run(&text) + 1);
    if text.is_empty() {
        return String::new();
    }
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// [`code`] in a table.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Text in which nothing is markup but spans of code, which messages have in balanced backticks.
fn plain(text: &str) -> String {
    let text = clip(text, 4 * LINE_CHARS_MAX).replace(char::is_control, " ");
    let balanced = text.matches('`').count().is_multiple_of(2) && longest_run(&text) < 2;
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('`').enumerate() {
        let in_code = balanced && at % 2 == 1;
        if at > 0 {
            out.push_str(if balanced { "`" } else { "\\`" });
        }
        for char in part.chars() {
            match char {
                '<' if !in_code => out.push_str("&lt;"),
                '\\' | '*' | '_' | '[' | ']' | '|' | '#' | '~' if !in_code => {
                    out.push('\\');
                    out.push(char);
                }
                // No mentions of people.
                '@' if !in_code => out.push_str("@\u{200b}"),
                char => out.push(char),
            }
        }
    }
    out
}
