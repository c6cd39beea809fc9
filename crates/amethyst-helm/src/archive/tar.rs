//! The tar format, as far as archives of charts use it: ustar, pax and GNU's long names.

use bytes::Bytes;

use crate::ChartError;

const BLOCK: usize = 512;
/// Names and pax headers longer than this are nobody's.
const HEADER_BYTES_MAX: usize = 1024 * 1024;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// The comment that `git archive` puts first.
    GlobalHeader,
    /// Anything else, by name: a chart has no use for it.
    Other(&'static str),
}

/// One entry.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) data: Bytes,
}

/// Walks the entries of an archive.
pub(super) struct Reader {
    archive: Bytes,
    at: usize,
}

/// What extension headers say about the entry that follows them.
#[derive(Default)]
struct Extended {
    name: Option<String>,
    size: Option<usize>,
}

impl Reader {
    pub(super) fn new(archive: Bytes) -> Self {
        Self { archive, at: 0 }
    }

    /// The next entry; `None` at the end.
    pub(super) fn next_entry(&mut self) -> Result<Option<Entry>, ChartError> {
        let mut extended = Extended::default();
        loop {
            let Some(header) = self.block()? else { return Ok(None) };
            let size = match extended.size {
                Some(size) if !matches!(header[156], b'x' | b'g' | b'L' | b'K') => size,
                _ => number(&header[124..136]).ok_or_else(invalid)?,
            };
            let kind = match header[156] {
                0 | b'0' | b'7' => Kind::File,
                b'5' => Kind::Folder,
                b'g' => Kind::GlobalHeader,
                b'1' => Kind::Other("hard link"),
                b'2' => Kind::Other("symbolic link"),
                b'3' | b'4' => Kind::Other("device"),
                b'6' => Kind::Other("pipe"),
                b'x' | b'L' | b'K' => {
                    self.extend(header[156], size, &mut extended)?;
                    continue;
                }
                _ => Kind::Other("file of unknown type"),
            };
            let name = extended.name.take().unwrap_or_else(|| name(&header));
            // A link's or folder's size says nothing about what follows it.
            let size = if matches!(kind, Kind::File | Kind::GlobalHeader) { size } else { 0 };
            let data = self.data(size)?;
            let kind = if kind == Kind::File && name.ends_with('/') { Kind::Folder } else { kind };
            return Ok(Some(Entry { name, kind, data }));
        }
    }

    /// The next header, its checksum verified; two blocks of zeros or the end of the archive end it.
    fn block(&mut self) -> Result<Option<Bytes>, ChartError> {
        if self.at >= self.archive.len() {
            return Ok(None);
        }
        let end = self.at + BLOCK;
        if end > self.archive.len() {
            return Err(cut());
        }
        let header = self.archive.slice(self.at..end);
        self.at = end;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let sum: usize = header
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { usize::from(b' ') } else { usize::from(*byte) })
            .sum();
        if number(&header[148..156]) != Some(sum) {
            return Err(invalid());
        }
        Ok(Some(header))
    }

    fn data(&mut self, size: usize) -> Result<Bytes, ChartError> {
        let end = self.at.checked_add(size).filter(|end| *end <= self.archive.len()).ok_or_else(cut)?;
        let data = self.archive.slice(self.at..end);
        self.at = end.next_multiple_of(BLOCK);
        Ok(data)
    }

    fn extend(&mut self, kind: u8, size: usize, extended: &mut Extended) -> Result<(), ChartError> {
        if size > HEADER_BYTES_MAX {
            return Err(invalid());
        }
        let data = self.data(size)?;
        match kind {
            b'L' => extended.name = Some(text(&data)),
            b'x' => {
                for (key, value) in pax_records(&data).ok_or_else(invalid)? {
                    match key.as_str() {
                        "path" => extended.name = Some(value),
                        "size" => extended.size = Some(value.parse().map_err(|_| invalid())?),
                        _ => {}
                    }
                }
            }
            // The target of a link, which is refused by its own header.
            _ => {}
        }
        Ok(())
    }
}

fn invalid() -> ChartError {
    ChartError::new(
        "",
        "archive/tar: invalid tar header".to_owned(),
        "make the archive anew with `helm package`",
    )
}

fn cut() -> ChartError {
    ChartError::new("", "unexpected EOF".to_owned(), "the archive ends too early; get it again")
}

/// Records of a pax header: `LENGTH KEY=VALUE\n`.
fn pax_records(mut data: &[u8]) -> Option<Vec<(String, String)>> {
    let mut records = Vec::new();
    while !data.is_empty() {
        let space = data.iter().position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&data[..space]).ok()?.parse().ok()?;
        let record = data.get(space + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|byte| *byte == b'=')?;
        records.push((text(&record[..equals]), text(&record[equals + 1..])));
        data = &data[length..];
    }
    Some(records)
}

fn name(header: &[u8]) -> String {
    let name = text(&header[..100]);
    let prefix = if &header[257..262] == b"ustar" && header[262] == 0 {
        text(&header[345..500])
    } else {
        String::new()
    };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// An octal number, or GNU's binary form of it.
fn number(field: &[u8]) -> Option<usize> {
    if field[0] & 0x80 != 0 {
        let mut value = usize::from(field[0] & 0x7F);
        for byte in &field[1..] {
            value = value.checked_mul(256)?.checked_add(usize::from(*byte))?;
        }
        return Some(value);
    }
    let digits = text(field);
    let digits = digits.trim_matches(' ');
    if digits.is_empty() { Some(0) } else { usize::from_str_radix(digits, 8).ok() }
}
