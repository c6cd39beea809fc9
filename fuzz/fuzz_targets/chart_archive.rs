//! Chart archives: any bytes load as a chart or are refused, and a chart that loads renders or fails in words.
//!
//! The bytes are taken as an archive, as the tar in one, and as the files of one: lines of `==== NAME` begin them.
#![no_main]

use amethyst_gotemplate::{Limits, Map};
use amethyst_helm::{Chart, Release, RenderOptions, render};
use libfuzzer_sys::fuzz_target;

const BLOCK_BYTES: usize = 512;
/// What a stored block of the deflate format holds at most.
const STORED_BYTES_MAX: usize = 0xffff;

fuzz_target!(|bytes: &[u8]| {
    load(bytes);
    load(&gzip(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        load(&gzip(&tar(text)));
    }
});

fn load(archive: &[u8]) {
    let Ok(chart) = Chart::from_archive(archive) else { return };
    let mut options = RenderOptions::new(Release::new("name", "space"));
    options.limits = Limits { steps: 20_000, output_bytes: 1 << 20, ..Limits::default() };
    let (rendered, _) = render(&chart, &Map::new(), &options);
    assert!(rendered.error.is_none() || rendered.manifests.is_empty());
}

/// The data in gzip's frame, not compressed.
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for part in data.chunks(STORED_BYTES_MAX) {
        let length = u16::try_from(part.len()).expect("a part is that short");
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    out.extend_from_slice(&crc32(data).to_le_bytes());
    out.extend_from_slice(&u32::try_from(data.len()).expect("inputs are small").to_le_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

/// The files that the text tells, in a tar below one folder.
fn tar(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for file in text.split("==== ").skip(1) {
        let (name, content) = file.split_once('\n').unwrap_or((file, ""));
        let mut header = [0_u8; BLOCK_BYTES];
        let name = format!("chart/{name}");
        let length = name.len().min(100);
        header[..length].copy_from_slice(&name.as_bytes()[..length]);
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(content.as_bytes());
        out.resize(out.len().next_multiple_of(BLOCK_BYTES), 0);
    }
    out.resize(out.len() + 2 * BLOCK_BYTES, 0);
    out
}
