//! One page that needs nothing else: no request leaves it, and it reads well without its script.

mod objects;

use std::fmt::Write;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::change::title;
use crate::dangers::{Danger, Level};
use crate::diff::Diff;
use crate::output::words;

const STYLE: &str = include_str!("../html/style.css");
const SCRIPT: &str = include_str!("../html/script.js");

/// What the page may load and run: its own style and script, by their hashes, and nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

/// The comparison as a page.
pub fn html(diff: &Diff) -> String {
    let mut out = String::with_capacity(64 * 1024);
    let range = words::range(diff).unwrap_or_else(|| "What changes".into());
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{} · Amethyst</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the changes</a>\n",
        *POLICY,
        escape(&range),
    );
    header(diff, &mut out);
    out.push_str("<div class=\"frame\">\n");
    objects::navigation(diff, &mut out);
    out.push_str("<main id=\"main\" tabindex=\"-1\">\n");
    if diff.is_empty() {
        out.push_str("<p class=\"empty\">Nothing changes.</p>\n");
    }
    dangers(diff, &mut out);
    images(diff, &mut out);
    charts(diff, &mut out);
    objects::sections(diff, &mut out);
    out.push_str("<p class=\"none\" hidden>Nothing matches the filter.</p>\n</main>\n</div>\n");
    let _ = write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

/// The text with nothing in it that is markup.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Characters that HTML forbids, and those that turn the direction of what follows.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            char if char.is_control() && !matches!(char, '\n' | '\t') => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}

/// [`escape`], with what stands in backticks as code.
fn prose(text: &str) -> String {
    if !text.matches('`').count().is_multiple_of(2) {
        return escape(text);
    }
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            let _ = write!(out, "<code>{}</code>", escape(part));
        } else {
            out.push_str(&escape(part));
        }
    }
    out.replace("-&gt;", "→")
}

fn header(diff: &Diff, out: &mut String) {
    out.push_str("<header class=\"top\">\n<div class=\"brand\"><span class=\"gem\" aria-hidden=\"true\"></span>Amethyst</div>\n");
    if diff.before.is_empty() && diff.after.is_empty() {
        out.push_str("<h1>What changes</h1>\n");
    } else {
        let (before, after) = (escape(&diff.before), escape(&diff.after));
        let _ = writeln!(
            out,
            "<h1><span class=\"rev\">{before}</span> <span class=\"arrow\" aria-label=\"to\">→</span> <span class=\"rev\">{after}</span></h1>"
        );
    }
    let total = &diff.summary.total;
    out.push_str("<ul class=\"counts\" aria-label=\"Summary\">");
    let mut chip = |class: &str, number: usize, word: &str| {
        if number > 0 {
            let _ = write!(out, "<li class=\"{class}\"><b>{number}</b> {word}</li>");
        }
    };
    chip("changed", total.changed, "changed");
    chip("added", total.added, "added");
    chip("removed", total.removed, "removed");
    chip("quiet", total.noise, "in noise only");
    chip(
        "restarts",
        total.restarts,
        if total.restarts == 1 { "workload restarts" } else { "workloads restart" },
    );
    let of = |level| diff.dangers.iter().filter(|danger| danger.level == level).count();
    chip("danger", of(Level::Danger), if of(Level::Danger) == 1 { "danger" } else { "dangers" });
    out.push_str("</ul>\n");
    let mut reach = words::reach(diff);
    if !diff.summary.namespaces.is_empty() {
        let names: Vec<&str> = diff.summary.namespaces.iter().map(AsRef::as_ref).collect();
        let _ = write!(reach, " in {}", names.join(", "));
    }
    if !reach.is_empty() {
        let _ = writeln!(out, "<p class=\"reach\">{}</p>", escape(&reach));
    }
    out.push_str("</header>\n");
}

fn dangers(diff: &Diff, out: &mut String) {
    for withheld in &diff.withheld {
        let _ =
            writeln!(out, "<p class=\"withheld\" role=\"note\">{}</p>", escape(&words::withheld(withheld)));
    }
    if diff.dangers.is_empty() {
        return;
    }
    let (notes, loud): (Vec<&Danger>, Vec<&Danger>) =
        diff.dangers.iter().partition(|danger| danger.level == Level::Info);
    if !loud.is_empty() {
        out.push_str("<section class=\"dangers\" id=\"dangers\" aria-labelledby=\"dangers-title\">\n<h2 id=\"dangers-title\">Look at these first</h2>\n<ul>\n");
        for danger in loud {
            danger_card(diff, danger, out);
        }
        out.push_str("</ul>\n</section>\n");
    }
    if !notes.is_empty() {
        let count = words::count(notes.len(), "note");
        let _ = writeln!(out, "<details class=\"dangers notes\"><summary>{count}</summary>\n<ul>");
        for danger in notes {
            danger_card(diff, danger, out);
        }
        out.push_str("</ul>\n</details>\n");
    }
}

fn danger_card(diff: &Diff, danger: &Danger, out: &mut String) {
    let level = danger.level.as_str();
    let name = escape(&title(&danger.object));
    let name = match objects::anchor_of(diff, &danger.object) {
        Some(anchor) => format!("<a href=\"#{anchor}\">{name}</a>"),
        None => name,
    };
    let field = danger
        .field
        .as_ref()
        .map(|field| format!("<code class=\"path\">{}</code>", objects::breakable(field)));
    let place = danger
        .location
        .as_ref()
        .map(|place| format!("<span class=\"origin\">{}</span>", objects::breakable(&place.to_string())));
    let _ = writeln!(
        out,
        "<li class=\"{level}\"><div class=\"head\"><span class=\"tag\">{level}</span> <strong>{name}</strong> <span class=\"code\">{}</span></div>\
         {}<p>{}. <span class=\"why\">{}.</span></p><p class=\"hint\"><span>{}</span>{}</p></li>",
        danger.code,
        field.unwrap_or_default(),
        prose(&capital(&danger.message)),
        prose(&capital(&danger.why)),
        prose(&capital(&danger.hint)),
        place.unwrap_or_default(),
    );
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn images(diff: &Diff, out: &mut String) {
    if diff.images.is_empty() {
        return;
    }
    out.push_str("<section class=\"table\" id=\"images\" aria-labelledby=\"images-title\">\n<h2 id=\"images-title\">Images</h2>\n<table>\n<thead><tr><th scope=\"col\">Image</th><th scope=\"col\">Before</th><th scope=\"col\">After</th><th scope=\"col\">Jump</th><th scope=\"col\">Used by</th></tr></thead>\n<tbody>\n");
    for image in &diff.images {
        let uses: Vec<String> = words::uses(image)
            .iter()
            .map(|place| format!("<li>{}</li>", objects::breakable(place)))
            .collect();
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"old\" data-label=\"Before\">{}</td><td class=\"new\" data-label=\"After\">{}</td><td data-label=\"Jump\">{}</td><td data-label=\"Used by\"><ul>{}</ul></td></tr>",
            objects::breakable(&words::repository(image)).replace("-&gt;", "→"),
            version(image.before.as_ref()),
            version(image.after.as_ref()),
            jump(image.jump),
            uses.concat(),
        );
    }
    out.push_str("</tbody>\n</table>\n</section>\n");
}

/// The tag, and the beginning of the digest below it.
fn version(image: Option<&crate::ImageRef>) -> String {
    let Some(image) = image else { return String::new() };
    let version = image.version();
    match version.split_once('@') {
        Some((tag, digest)) => {
            format!("<span>{}</span><span class=\"digest\">{}</span>", escape(tag), escape(digest))
        }
        None => format!("<span>{}</span>", escape(&version)),
    }
}

fn charts(diff: &Diff, out: &mut String) {
    if diff.charts.is_empty() {
        return;
    }
    out.push_str("<section class=\"table\" id=\"charts\" aria-labelledby=\"charts-title\">\n<h2 id=\"charts-title\">Charts</h2>\n<table>\n<thead><tr><th scope=\"col\">Chart</th><th scope=\"col\">Before</th><th scope=\"col\">After</th><th scope=\"col\">Jump</th><th scope=\"col\">Releases</th></tr></thead>\n<tbody>\n");
    for row in words::charts(diff) {
        let releases: Vec<String> = row.releases.iter().map(|name| objects::breakable(name)).collect();
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"old\" data-label=\"Before\">{}</td><td class=\"new\" data-label=\"After\">{}</td><td data-label=\"Jump\">{}</td><td class=\"soft\" data-label=\"Releases\">{}</td></tr>",
            escape(&row.name),
            escape(&row.before),
            escape(&row.after),
            jump(row.jump),
            releases.join(", "),
        );
    }
    out.push_str("</tbody>\n</table>\n</section>\n");
}

fn jump(jump: Option<crate::Jump>) -> String {
    jump.map(|jump| format!("<span class=\"jump {jump}\">{jump}</span>")).unwrap_or_default()
}
