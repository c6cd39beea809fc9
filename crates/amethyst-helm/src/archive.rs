//! Chart archives: gzip and tar to files, with Helm's checks of names and sizes.
//!
//! Nothing is written anywhere: what an archive holds is kept in memory, up to
//! [`DECOMPRESSED_SIZE_BYTES_MAX`].

mod tar;

use amethyst_object::Str;
use bytes::Bytes;
use zlib_rs::{Inflate, InflateFlush, Status};

use crate::{ChartError, File};
use tar::{Kind, Reader};

/// The size that the files of a chart may have together: Helm's `MaxDecompressedChartSize`.
pub const DECOMPRESSED_SIZE_BYTES_MAX: usize = 100 * 1024 * 1024;
/// What headers and padding may add to the files, as a part of what these may take.
const OVERHEAD_PART: usize = 2;
/// How much is decompressed in one step.
const STEP_BYTES: usize = 64 * 1024;
/// Window bits of the deflate format, plus the 16 that ask zlib for gzip's header.
const GZIP_WINDOW_BITS: u8 = 15 + 16;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The files of a chart's `.tgz`, their names relative to the chart's folder, in the archive's order.
pub(crate) fn unpack(archive: &[u8]) -> Result<Vec<File>, ChartError> {
    unpack_within(archive, DECOMPRESSED_SIZE_BYTES_MAX)
}

fn unpack_within(archive: &[u8], size_bytes_max: usize) -> Result<Vec<File>, ChartError> {
    let unzipped = Bytes::from(gunzip(archive, size_bytes_max)?);
    let mut files = Vec::new();
    let mut remaining = size_bytes_max;
    let mut reader = Reader::new(unzipped);
    while let Some(entry) = reader.next_entry()? {
        let name = match entry.kind {
            Kind::Folder | Kind::GlobalHeader => continue,
            Kind::File => relative_name(&entry.name)?,
            Kind::Other(what) => {
                return Err(ChartError::new(
                    &entry.name,
                    format!("chart archive contains a {what}: {:?}", entry.name),
                    "pack the chart with `helm package`, which takes plain files only",
                ));
            }
        };
        if entry.data.len() >= remaining {
            return Err(too_large(size_bytes_max));
        }
        remaining -= entry.data.len();
        files.push(File { name: Str::from(name), data: without_bom(entry.data) });
    }
    if files.is_empty() {
        return Err(illegal("", "no files in chart archive".to_owned()));
    }
    Ok(files)
}

/// The content without a byte order mark.
pub(crate) fn without_bom(data: Bytes) -> Bytes {
    if data.starts_with(BOM) { data.slice(BOM.len()..) } else { data }
}

fn too_large(size_bytes_max: usize) -> ChartError {
    let text = format!("decompressed chart is larger than the maximum size {size_bytes_max}");
    ChartError::new("", text, "leave out of the chart what its templates do not read, by .helmignore")
}

fn illegal(name: &str, text: String) -> ChartError {
    ChartError::new(name, text, "make the archive anew with `helm package`")
}

/// The name below the chart's folder, which is the archive's first level.
fn relative_name(name: &str) -> Result<String, ChartError> {
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = name.split_once(delimiter).unwrap_or((name, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(illegal(name, "chart illegally contains absolute paths".to_owned()));
    }
    let clean = clean(&rest);
    if clean == "." {
        let text = format!("chart illegally contains content outside the base directory: {name:?}");
        return Err(illegal(name, text));
    }
    if clean.starts_with("..") {
        return Err(illegal(name, "chart illegally references parent directory".to_owned()));
    }
    if let [letter, b':', b'/', ..] = clean.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Err(illegal(name, "chart contains illegally named files".to_owned()));
    }
    if first == "Chart.yaml" {
        return Err(illegal(name, "chart yaml not in base directory".to_owned()));
    }
    Ok(clean)
}

/// Go's `path.Clean` of a relative path.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn gunzip(mut packed: &[u8], size_bytes_max: usize) -> Result<Vec<u8>, ChartError> {
    let broken = |text: &str| {
        let hint = "a chart archive is a tar file packed by gzip; check what was downloaded";
        ChartError::new("", text.to_owned(), hint)
    };
    if packed.is_empty() {
        return Err(broken("EOF"));
    }
    if !packed.starts_with(b"\x1F\x8B") {
        return Err(broken("gzip: invalid header"));
    }
    let mut out = Vec::new();
    // Members may follow one another; zeros behind the last one are padding.
    while packed.starts_with(b"\x1F\x8B") {
        let mut inflate = Inflate::new(true, GZIP_WINDOW_BITS);
        loop {
            let filled = out.len();
            if filled > size_bytes_max + size_bytes_max / OVERHEAD_PART {
                return Err(too_large(size_bytes_max));
            }
            out.resize(filled + STEP_BYTES, 0);
            let (taken, given) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(packed, &mut out[filled..], InflateFlush::NoFlush);
            let taken = (inflate.total_in() - taken) as usize;
            let given = (inflate.total_out() - given) as usize;
            out.truncate(filled + given);
            packed = &packed[taken..];
            match status {
                Ok(Status::StreamEnd) => break,
                Ok(_) if taken == 0 && given == 0 => return Err(broken("unexpected EOF")),
                Ok(_) => {}
                Err(error) => return Err(broken(&format!("gzip: {}", error.as_str()))),
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
