//! Archives, good and hostile.

use zlib_rs::{DeflateConfig, ReturnCode};

use super::{clean, unpack, unpack_within};

fn header(name: &str, kind: u8, size: usize) -> Vec<u8> {
    let mut block = vec![0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..262].copy_from_slice(b"ustar");
    block[148..156].copy_from_slice(b"        ");
    let sum: usize = block.iter().map(|byte| usize::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

fn entry(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
    let mut out = header(name, kind, data.len());
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut tar = entries.concat();
    tar.resize(tar.len() + 1024, 0);
    gzip(&tar)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; zlib_rs::compress_bound(data.len()) + 18];
    let config = DeflateConfig { window_bits: 31, ..DeflateConfig::default() };
    let (packed, code) = zlib_rs::compress_slice(&mut out, data, config);
    assert_eq!(code, ReturnCode::Ok);
    packed.to_vec()
}

fn fault(name: &str, kind: u8) -> String {
    unpack(&archive(&[entry(name, kind, b"")])).unwrap_err().text
}

#[test]
fn files_lose_the_charts_folder_and_byte_order_marks() {
    let long = format!("c/templates/{}.yaml", "x".repeat(120));
    let files = unpack(&archive(&[
        entry("pax_global_header", b'g', b"19 comment=abcdefg\n"),
        entry("c/", b'5', b""),
        entry("c/Chart.yaml", b'0', b"\xEF\xBB\xBFname: c\n"),
        entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        entry("c/templates/short", b'0', b"1"),
        entry("pax", b'x', b"24 path=c/crds/crd.yaml\n"),
        entry("c/whatever", b'0', b"2"),
        entry("c\\sub\\win.txt", b'0', b"3"),
    ]))
    .unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["Chart.yaml", &long[2..], "crds/crd.yaml", "sub/win.txt"]);
    assert_eq!(&files[0].data[..], b"name: c\n");
}

#[test]
fn hostile_names_are_refused_in_helms_words() {
    assert_eq!(fault("c//etc/passwd", b'0'), "chart illegally contains absolute paths");
    assert_eq!(fault("c/../../etc/passwd", b'0'), "chart illegally references parent directory");
    assert_eq!(fault("c/.", b'0'), "chart illegally contains content outside the base directory: \"c/.\"");
    assert_eq!(fault("file", b'0'), "chart illegally contains content outside the base directory: \"file\"");
    assert_eq!(fault("c\\c:\\foo", b'0'), "chart contains illegally named files");
    assert_eq!(fault("Chart.yaml/x", b'0'), "chart yaml not in base directory");
    assert_eq!(fault("c/link", b'2'), "chart archive contains a symbolic link: \"c/link\"");
    assert_eq!(fault("c/link", b'1'), "chart archive contains a hard link: \"c/link\"");
    assert_eq!(fault("c/dev", b'3'), "chart archive contains a device: \"c/dev\"");
}

#[test]
fn what_is_no_archive_is_said_so() {
    assert_eq!(unpack(b"").unwrap_err().text, "EOF");
    assert_eq!(unpack(b"name: x\n").unwrap_err().text, "gzip: invalid header");
    assert_eq!(unpack(&archive(&[])).unwrap_err().text, "no files in chart archive");
    let whole = archive(&[entry("c/Chart.yaml", b'0', b"name: c\n")]);
    assert_eq!(unpack(&whole[..whole.len() / 2]).unwrap_err().text, "unexpected EOF");
    assert_eq!(unpack(&archive(&[header("c/Chart.yaml", b'0', 5000)])).unwrap_err().text, "unexpected EOF");
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    const MAX: usize = 1 << 20;
    let too_large = "decompressed chart is larger than the maximum size 1048576";
    let bomb = archive(&[entry("c/bomb", b'0', &vec![0_u8; 8 * MAX])]);
    assert!(bomb.len() < 20_000);
    assert_eq!(unpack_within(&bomb, MAX).unwrap_err().text, too_large);
    let just_too_large =
        archive(&[entry("c/a", b'0', &vec![0_u8; MAX / 2]), entry("c/b", b'0', &vec![0_u8; MAX / 2])]);
    assert_eq!(unpack_within(&just_too_large, MAX).unwrap_err().text, too_large);
}

#[test]
fn any_bytes_are_an_archive_or_an_error() {
    let whole = archive(&[entry("c/Chart.yaml", b'0', b"name: c\n"), entry("c/x", b'x', b"9 a=b\n")]);
    for at in (0..whole.len()).step_by(3) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        let _ = unpack(&broken);
    }
}

#[test]
fn paths_are_cleaned_as_in_go() {
    for (path, expected) in [
        ("a//b/./c", "a/b/c"),
        ("a/../b", "b"),
        ("../x", "../x"),
        ("a/../../x", "../x"),
        ("", "."),
        ("a/..", "."),
    ] {
        assert_eq!(clean(path), expected);
    }
}
