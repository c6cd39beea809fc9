//! Block YAML, line by line.

use std::io::BufRead;

use amethyst_yaml::{Dialect, parse_one};

use super::{ChartVersion, ScanError, Scanned, VERSION_BYTES_MAX, VERSIONS_MAX};

/// How long a line may be.
const LINE_BYTES_MAX: u64 = VERSION_BYTES_MAX as u64;

#[derive(PartialEq)]
enum State {
    /// Before `entries:`.
    Before,
    /// After it, before the first name.
    Entries,
    /// Among the entries of charts that nobody wants.
    Others,
    /// Among the versions of the wanted chart.
    Wanted,
    /// After all of them.
    After,
}

struct Scan<'a> {
    chart: &'a str,
    state: State,
    has_api_version: bool,
    /// How far names stand in.
    indent: usize,
    /// How far the dashes of the wanted list stand in.
    dashes: Option<usize>,
    /// The text of the version that is being read, its dash made a blank.
    text: String,
    scanned: Scanned,
}

pub(super) fn scan(mut reader: impl BufRead, chart: &str) -> Result<Scanned, ScanError> {
    let mut scan = Scan {
        chart,
        state: State::Before,
        has_api_version: false,
        indent: 0,
        dashes: None,
        text: String::new(),
        scanned: Scanned::default(),
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = std::io::Read::take(&mut reader, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        if count as u64 == LINE_BYTES_MAX {
            return Err(ScanError::Wrong(format!("a line of it is longer than {LINE_BYTES_MAX} bytes")));
        }
        let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        scan.line(&line[..end])?;
    }
    scan.version()?;
    if !scan.has_api_version {
        return Err(ScanError::Layout("no API version specified".to_owned()));
    }
    Ok(scan.scanned)
}

impl Scan<'_> {
    fn line(&mut self, line: &[u8]) -> Result<(), ScanError> {
        let indent = line.iter().position(|byte| *byte != b' ').unwrap_or(line.len());
        let rest = &line[indent..];
        if rest.is_empty() || rest[0] == b'#' {
            // It may belong to a text of several lines.
            return if self.dashes.is_some() { self.take(line) } else { Ok(()) };
        }
        let is_dash = rest == b"-" || rest.starts_with(b"- ");
        match self.state {
            State::Before | State::After => self.margin(indent, rest),
            State::Entries if indent == 0 => self.end(rest),
            State::Entries => {
                (self.indent, self.state) = (indent, State::Others);
                self.name(rest)
            }
            State::Others if indent > self.indent || (is_dash && indent == self.indent) => Ok(()),
            State::Others => self.next(indent, rest),
            State::Wanted => match self.dashes {
                Some(at) if indent > at => self.take(line),
                Some(at) if is_dash && indent == at => self.begin(indent, line),
                None if is_dash && indent >= self.indent => self.begin(indent, line),
                None if indent > self.indent => Err(layout()),
                _ => {
                    self.version()?;
                    self.next(indent, rest)
                }
            },
        }
    }

    /// A line outside `entries`.
    fn margin(&mut self, indent: usize, rest: &[u8]) -> Result<(), ScanError> {
        if indent > 0 {
            return Ok(());
        }
        let Some((key, value)) = key_of(rest) else {
            let opens = rest.starts_with(b"---") || rest.starts_with(b"%");
            return if opens || self.state == State::After { Ok(()) } else { Err(layout()) };
        };
        match key {
            b"apiVersion" => self.has_api_version |= !matches!(value, b"" | b"\"\"" | b"''" | b"null" | b"~"),
            b"entries" if value.is_empty() => self.state = State::Entries,
            b"entries" if value != b"{}" => return Err(layout()),
            _ => {}
        }
        Ok(())
    }

    /// The first line after the entries.
    fn end(&mut self, rest: &[u8]) -> Result<(), ScanError> {
        if key_of(rest).is_none() && !matches!(rest, b"---" | b"...") {
            return Err(layout());
        }
        self.state = State::After;
        self.margin(0, rest)
    }

    /// A line that stands no further in than names do.
    fn next(&mut self, indent: usize, rest: &[u8]) -> Result<(), ScanError> {
        match indent {
            0 => self.end(rest),
            _ if indent == self.indent => self.name(rest),
            _ => Err(layout()),
        }
    }

    /// A line with a chart's name.
    fn name(&mut self, rest: &[u8]) -> Result<(), ScanError> {
        let (key, value) = key_of(rest).ok_or_else(layout)?;
        let key = String::from_utf8_lossy(key);
        let key = key.trim_matches(['"', '\'']);
        (self.state, self.dashes) = (State::Others, None);
        if key != self.chart {
            self.scanned.note(key, self.chart);
            return Ok(());
        }
        // As in Go's readers, a name that stands twice means its last list.
        self.scanned.versions = Some(Vec::new());
        match value {
            b"" => self.state = State::Wanted,
            b"[]" => {}
            _ => return Err(layout()),
        }
        Ok(())
    }

    /// The first line of a version: its dash, and what follows.
    fn begin(&mut self, indent: usize, line: &[u8]) -> Result<(), ScanError> {
        self.version()?;
        self.dashes = Some(indent);
        let mut blanked = line.to_vec();
        blanked[indent] = b' ';
        self.take(&blanked)
    }

    fn take(&mut self, line: &[u8]) -> Result<(), ScanError> {
        if self.text.len() + line.len() > VERSION_BYTES_MAX {
            let chart = self.chart;
            return Err(ScanError::Wrong(format!(
                "one version of `{chart}` is longer than {VERSION_BYTES_MAX} bytes"
            )));
        }
        let line = std::str::from_utf8(line).map_err(|_| ScanError::Wrong("it is not UTF-8".to_owned()))?;
        self.text.push_str(line);
        self.text.push('\n');
        Ok(())
    }

    /// The version whose lines were read.
    fn version(&mut self) -> Result<(), ScanError> {
        if self.text.is_empty() {
            return Ok(());
        }
        // What stands in an alias or in another odd thing is read with the rest of the text, or not at all.
        let value =
            parse_one(&self.text, Dialect::GoV2).map_err(|fault| ScanError::Layout(fault.to_string()))?;
        self.text.clear();
        let versions = self.scanned.versions.get_or_insert_default();
        if versions.len() == VERSIONS_MAX {
            return Err(ScanError::Wrong(format!(
                "it has more than {VERSIONS_MAX} versions of `{}`",
                self.chart
            )));
        }
        versions.extend(ChartVersion::read(&value, self.chart));
        Ok(())
    }
}

fn layout() -> ScanError {
    ScanError::Layout("it is laid out unusually".to_owned())
}

/// `key: value`, without a comment after it.
fn key_of(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = (0..line.len())
        .find(|at| line[*at] == b':' && matches!(line.get(at + 1), None | Some(b' ' | b'\t')))?;
    let (key, value) = (&line[..at], line[at + 1..].trim_ascii());
    let value = if value.starts_with(b"#") { b"" } else { value };
    let plain = !matches!(key.first(), None | Some(b'-' | b'?' | b'{' | b'[' | b'&' | b'*' | b'!'));
    plain.then_some((key.trim_ascii_end(), value))
}
