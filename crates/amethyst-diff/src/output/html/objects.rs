//! The navigation, and the objects of each producer.

use std::fmt::Write;

use amethyst_object::ObjectId;

use super::escape;
use crate::change::{Change, ChangeKind, FieldChange, ObjectChange};
use crate::diff::Diff;
use crate::lines::Mark;
use crate::output::body::{BodyLine, field_lines, field_note, whole_lines};
use crate::output::words;
use crate::side::{Producer, ProducerKind};

/// Objects with more lines are closed when the page opens.
const OPEN_LINES_MAX: usize = 120;
/// More lines of one object are not on the page.
const LINES_MAX: usize = 5000;
/// Longer lines are cut.
const LINE_CHARS_MAX: usize = 2000;

pub(super) fn navigation(diff: &Diff, out: &mut String) {
    out.push_str("<nav aria-label=\"Producers\">\n<div class=\"tools\" hidden>\n<label class=\"filter\"><span>Filter</span><input type=\"search\" id=\"filter\" placeholder=\"Filter objects and fields\" autocomplete=\"off\" spellcheck=\"false\"></label>\n<div class=\"buttons\"><button type=\"button\" id=\"toggle\">Close all</button><button type=\"button\" id=\"theme\" aria-label=\"Switch between light and dark\">Dark</button></div>\n<p class=\"keys\"><kbd>/</kbd> filter · <kbd>j</kbd> <kbd>k</kbd> move · <kbd>o</kbd> open</p>\n</div>\n<ul class=\"pages\">\n");
    for (there, id, name) in [
        (
            diff.dangers.iter().any(|danger| danger.level != crate::Level::Info),
            "dangers",
            "Look at these first",
        ),
        (!diff.images.is_empty(), "images", "Images"),
        (!diff.charts.is_empty(), "charts", "Charts"),
    ] {
        if there {
            let _ = writeln!(out, "<li><a href=\"#{id}\">{name}</a></li>");
        }
    }
    out.push_str("</ul>\n");
    let groups = words::by_producer(diff);
    for (kind, name) in
        [(ProducerKind::HelmRelease, "HelmReleases"), (ProducerKind::Kustomization, "Kustomizations")]
    {
        let mut of_kind =
            groups.iter().enumerate().filter(|(_, (producer, ..))| producer.kind == kind).peekable();
        if of_kind.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "<h2>{name}</h2>\n<ul>");
        for (at, (producer, ..)) in of_kind {
            let _ = writeln!(
                out,
                "<li><a href=\"#p{at}\"><span class=\"who\"><span class=\"ns\">{}</span>{}</span>{}</a></li>",
                namespace(producer),
                escape(&producer.name),
                marks(diff, producer)
            );
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</nav>\n");
}

fn namespace(producer: &Producer) -> String {
    if producer.namespace.is_empty() { String::new() } else { format!("{}/", escape(&producer.namespace)) }
}

fn marks(diff: &Diff, producer: &Producer) -> String {
    let counts =
        diff.summary.producers.iter().find(|(other, _)| other.is(producer)).map(|(_, counts)| *counts);
    let counts = counts.unwrap_or_default();
    let mark = |class: &str, sign: &str, number: usize, word: &str| {
        if number == 0 {
            return String::new();
        }
        format!("<span class=\"{class}\" title=\"{number} {word}\">{sign}{number}</span>")
    };
    format!(
        "<span class=\"marks\">{}{}{}{}</span>",
        mark("changed", "~", counts.changed, "changed"),
        mark("added", "+", counts.added, "added"),
        mark("removed", "−", counts.removed, "removed"),
        mark("quiet", "·", counts.noise, "in noise only"),
    )
}

/// Where an object stands on the page.
pub(super) fn anchor_of(diff: &Diff, id: &ObjectId) -> Option<String> {
    diff.objects.iter().position(|change| change.id == *id).map(|at| format!("o{at}"))
}

pub(super) fn sections(diff: &Diff, out: &mut String) {
    for (at, (producer, changes, noise)) in words::by_producer(diff).into_iter().enumerate() {
        let chart = words::chart(diff, producer)
            .map(|chart| format!("<span class=\"chart\">{}</span>", escape(&chart).replace("-&gt;", "→")));
        let _ = writeln!(
            out,
            "<section class=\"producer\" id=\"p{at}\" aria-labelledby=\"p{at}-title\">\n<h2 id=\"p{at}-title\"><span class=\"kind\">{}</span> <span class=\"ns\">{}</span>{}{}</h2>",
            producer.kind.as_str(),
            namespace(producer),
            escape(&producer.name),
            chart.unwrap_or_default(),
        );
        for change in changes {
            object(diff, change, out);
        }
        if !noise.is_empty() {
            let verb = if noise.len() == 1 { "changes" } else { "change" };
            let _ = writeln!(
                out,
                "<details class=\"noise\"><summary>{} {verb} only in: {}</summary>",
                words::count(noise.len(), "object"),
                escape(&words::noise(noise.iter().copied()))
            );
            for change in noise {
                object(diff, change, out);
            }
            out.push_str("</details>\n");
        }
        out.push_str("</section>\n");
    }
}

fn object(diff: &Diff, change: &ObjectChange, out: &mut String) {
    let place = diff.objects.iter().position(|other| std::ptr::eq(other, change)).unwrap_or_default();
    let mut body = String::new();
    let mut lines = 0;
    for field in change.fields.iter().filter(|field| field.noise.is_none()) {
        lines += self::field(field, LINES_MAX.saturating_sub(lines), &mut body);
    }
    let quiet: Vec<&FieldChange> = change.fields.iter().filter(|field| field.noise.is_some()).collect();
    if !quiet.is_empty() {
        if change.is_noise() {
            for field in quiet {
                lines += self::field(field, LINES_MAX.saturating_sub(lines), &mut body);
            }
        } else {
            let _ = write!(
                body,
                "<details class=\"and\"><summary>and {}</summary>",
                escape(&words::noise([change]))
            );
            for field in quiet {
                self::field(field, LINES_MAX, &mut body);
            }
            body.push_str("</details>");
        }
    }
    let whole = whole_lines(change);
    if !whole.is_empty() {
        lines += whole.len();
        pre(&whole, LINES_MAX, &mut body);
    }
    if change.fields.is_empty() && whole.is_empty() {
        body.push_str("<p class=\"same\">Nothing in the object itself changes.</p>");
    }
    let open = if lines <= OPEN_LINES_MAX && change.kind == ChangeKind::Changed || lines <= 12 {
        " open"
    } else {
        ""
    };
    let id = &change.id;
    let namespace = if id.namespace.is_empty() {
        String::new()
    } else {
        format!("<span class=\"ns\">{}/</span>", escape(&id.namespace))
    };
    let remarks: Vec<String> = words::remarks(change)
        .iter()
        .map(|remark| format!("<span class=\"remark\">{}</span>", escape(remark)))
        .collect();
    let origin = change.origin().map(ToString::to_string).filter(|origin| !origin.is_empty());
    let origin = origin
        .map(|origin| format!("<span class=\"origin\">{}</span>", breakable(&origin)))
        .unwrap_or_default();
    let word = change.kind.as_str();
    let _ = writeln!(
        out,
        "<details class=\"object {word}\" id=\"o{place}\"{open}><summary><span class=\"mark\" role=\"img\" aria-label=\"{word}\">{}</span><span class=\"name\"><span class=\"kind\">{}</span> {namespace}<b>{}</b></span>{}{origin}</summary>\n<div class=\"body\">{body}</div></details>",
        match change.kind {
            ChangeKind::Added => "+",
            ChangeKind::Removed => "−",
            ChangeKind::Changed => "~",
        },
        escape(&id.kind),
        escape(&id.name),
        remarks.concat(),
    );
}

fn field(field: &FieldChange, room: usize, out: &mut String) -> usize {
    let note =
        field_note(field).map(|note| format!(" <span class=\"note\">{note}</span>")).unwrap_or_default();
    let _ = write!(
        out,
        "<div class=\"field\"><code class=\"path\">{}</code>{note}",
        breakable(&field.path.to_string())
    );
    let lines = field_lines(field);
    if let (
        Change::Changed { .. } | Change::SameValue { .. },
        [BodyLine::Marked(_, old), BodyLine::Marked(_, new)],
    ) = (&field.change, lines.as_slice())
    {
        let (old, new) = marked_pair(&cut(old), &cut(new));
        let _ = write!(out, "<pre><span class=\"d\">{old}</span><span class=\"a\">{new}</span></pre>");
    } else {
        pre(&lines, room, out);
    }
    out.push_str("</div>");
    lines.len()
}

fn pre(lines: &[BodyLine], room: usize, out: &mut String) {
    out.push_str("<pre>");
    for line in lines.iter().take(room) {
        let (class, text) = match line {
            BodyLine::Hunk(head) => ("h", head),
            BodyLine::Marked(Mark::Added, text) => ("a", text),
            BodyLine::Marked(Mark::Removed, text) => ("d", text),
            BodyLine::Marked(Mark::Context, text) => ("c", text),
        };
        let text = escape(&cut(text));
        let _ = write!(out, "<span class=\"{class}\">{text}</span>");
    }
    if lines.len() > room {
        let _ = write!(out, "<span class=\"h\">… {}</span>", words::count(lines.len() - room, "more line"));
    }
    out.push_str("</pre>");
}

fn cut(text: &str) -> std::borrow::Cow<'_, str> {
    crate::output::scalar::clip(text, LINE_CHARS_MAX)
}

/// Two values with what differs in them marked, unless nearly all does.
pub(super) fn marked_pair(before: &str, after: &str) -> (String, String) {
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let mut head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    // Not within a word or a number.
    while head > 0 && old.get(head - 1).is_some_and(|char| char.is_alphanumeric()) {
        head -= 1;
    }
    let room = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(old, new)| old == new).count();
    let tail = (0..=tail)
        .rev()
        .find(|tail| *tail == 0 || !old[old.len() - tail].is_alphanumeric())
        .unwrap_or_default();
    if head + tail < 3 {
        return (escape(before), escape(after));
    }
    let mark = |chars: &[char]| {
        let part = |from: usize, to: usize| escape(&chars[from..to].iter().collect::<String>());
        let end = chars.len() - tail;
        let middle = part(head, end);
        let middle = if middle.is_empty() { middle } else { format!("<mark>{middle}</mark>") };
        format!("{}{middle}{}", part(0, head), part(end, chars.len()))
    };
    (mark(&old), mark(&new))
}

/// Text that may break behind its dots, slashes and brackets.
pub(super) fn breakable(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(['.', '/', ']', '@', ':']) {
        out.push_str(&escape(part));
        out.push_str("<wbr>");
    }
    out
}
