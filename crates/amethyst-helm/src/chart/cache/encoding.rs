//! Templates that are no UTF-8.
//!
//! Go's templates hand bytes on as they are, and what comes out is then no YAML. Here texts are UTF-8; the
//! fault is told at the byte, unless nothing of it can come out: in comments and in notes.

use amethyst_gotemplate::ParseError;

/// Where a template that counts is no UTF-8.
pub(super) fn check(name: &str, data: &[u8]) -> Result<(), ParseError> {
    let Err(error) = std::str::from_utf8(data) else { return Ok(()) };
    if name.ends_with("NOTES.txt") {
        return Ok(());
    }
    let (mut at, mut error) = (0, Some(error));
    while let Some(found) = error {
        let byte = at + found.valid_up_to();
        let Some(end) = end_of_comment(data, byte) else {
            let line = memchr::memchr_iter(b'\n', &data[..byte]).count() as u32 + 1;
            let message = format!("template: {name}:{line}: invalid leading UTF-8 octet");
            return Err(ParseError { message, source_name: name.to_owned(), line });
        };
        at = end;
        error = std::str::from_utf8(&data[at..]).err();
    }
    Ok(())
}

/// The end of the template's comment that `byte` lies in.
fn end_of_comment(data: &[u8], byte: usize) -> Option<usize> {
    let begin = memchr::memmem::rfind(&data[..byte], b"/*")?;
    let opened = data[..begin].trim_ascii_end();
    let opened = opened.strip_suffix(b"-").unwrap_or(opened).trim_ascii_end();
    let is_open = opened.ends_with(b"{{") && memchr::memmem::find(&data[begin + 2..byte], b"*/").is_none();
    let end = memchr::memmem::find(&data[byte..], b"*/")?;
    is_open.then_some(byte + end)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_is_no_utf8_is_told_unless_it_is_a_comment() {
        let line = |data: &[u8]| check("c/templates/a.yaml", data).map_err(|error| error.line).err();
        assert_eq!(line(b"a: 1\nb: \xff\n"), Some(2));
        assert_eq!(line(b"{{- /* caf\xe9 */ -}}\na: 1\n"), None);
        assert_eq!(line(b"{{/* caf\xe9 */}}\n{{- /* \xe9 \xe9 */}}\n# caf\xe9\n"), Some(3));
        assert_eq!(line(b"a: /* caf\xe9 */\n"), Some(1));
        assert!(check("c/templates/NOTES.txt", b"caf\xe9").is_ok());
    }
}
