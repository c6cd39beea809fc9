//! Packaged charts for tests.

use zlib_rs::{DeflateConfig, ReturnCode};

/// A `.tgz` of files by their names in it.
pub(super) fn pack(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, data) in files {
        let mut block = vec![0_u8; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        block[156] = b'0';
        block[257..262].copy_from_slice(b"ustar");
        block[148..156].copy_from_slice(b"        ");
        let sum: usize = block.iter().map(|byte| usize::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        tar.extend(block);
        tar.extend_from_slice(data.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut out = vec![0; zlib_rs::compress_bound(tar.len()) + 18];
    let config = DeflateConfig { window_bits: 31, ..DeflateConfig::default() };
    let (packed, code) = zlib_rs::compress_slice(&mut out, &tar, config);
    assert_eq!(code, ReturnCode::Ok);
    packed.to_vec()
}
