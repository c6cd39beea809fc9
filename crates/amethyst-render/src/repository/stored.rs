//! Results as bytes, to be kept from one run of a program to the next.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_diag::{Diagnostic, Location, Severity};
use amethyst_kustomize::Origin;
use bytes::Bytes;

/// What can be kept as bytes.
pub(super) trait Stored: Sized {
    /// Appends it; `false` when it is not to be kept.
    fn write(&self, out: &mut Writer) -> bool;
    /// Reads what was written; `None` when it was something else.
    fn read(reader: &mut Reader) -> Option<Self>;
}

/// Appends numbers and texts.
#[derive(Default)]
pub(super) struct Writer {
    /// What is finished.
    parts: Vec<Bytes>,
    tail: Vec<u8>,
}

/// Bytes from so many on are shared, not copied.
const SHARED_MIN: usize = 512;

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.tail.push(byte);
    }

    /// All of it, in pieces.
    pub(super) fn into_parts(mut self) -> Vec<Bytes> {
        self.finish_part();
        self.parts
    }

    fn finish_part(&mut self) {
        if !self.tail.is_empty() {
            self.parts.push(std::mem::take(&mut self.tail).into());
        }
    }

    /// Appends bytes without their number.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
    }

    /// Appends bytes that somebody holds, and their number.
    pub(super) fn shared(&mut self, bytes: &Bytes) {
        self.number(bytes.len());
        self.raw_shared(bytes);
    }

    pub(super) fn raw_shared(&mut self, bytes: &Bytes) {
        if bytes.len() < SHARED_MIN {
            return self.raw(bytes);
        }
        self.finish_part();
        self.parts.push(bytes.clone());
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.byte(u8::from(value));
    }

    pub(super) fn number(&mut self, number: usize) {
        // All that is counted here is far smaller; what is not makes the whole unreadable, and is made anew.
        self.tail.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.raw(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn maybe(&mut self, text: Option<&str>) {
        self.bool(text.is_some());
        if let Some(text) = text {
            self.text(text);
        }
    }

    pub(super) fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(items.len());
        for item in items {
            write(self, item);
        }
    }

    pub(super) fn origin(&mut self, origin: &Origin) {
        self.text(&origin.file);
        self.number(origin.document);
        self.number(origin.line as usize);
        self.maybe(origin.generated_by.as_deref());
    }

    pub(super) fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.text(diagnostic.code);
        self.byte(match diagnostic.severity {
            Severity::Info => 0,
            Severity::Warning => 1,
            Severity::Error => 2,
        });
        self.bool(diagnostic.location.is_some());
        if let Some(location) = &diagnostic.location {
            self.text(&location.file);
            self.number(location.line as usize);
            self.number(location.column as usize);
        }
        self.maybe(diagnostic.object.as_deref());
        self.text(&diagnostic.message);
        self.maybe(diagnostic.hint.as_deref());
    }
}

/// Reads what a [`Writer`] wrote.
pub(super) struct Reader(pub(super) Bytes);

impl Reader {
    pub(super) fn take(&mut self, count: usize) -> Option<Bytes> {
        (count <= self.0.len()).then(|| self.0.split_to(count))
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(super) fn bool(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn number(&mut self) -> Option<usize> {
        let bytes = self.take(4)?;
        let number = u32::from_le_bytes(bytes.as_ref().try_into().ok()?);
        usize::try_from(number).ok()
    }

    pub(super) fn bytes(&mut self) -> Option<Bytes> {
        let count = self.number()?;
        self.take(count)
    }

    pub(super) fn text<T: for<'a> From<&'a str>>(&mut self) -> Option<T> {
        let bytes = self.bytes()?;
        std::str::from_utf8(&bytes).ok().map(T::from)
    }

    #[expect(clippy::option_option, reason = "no text is something else than nothing to read")]
    pub(super) fn maybe(&mut self) -> Option<Option<String>> {
        Some(if self.bool()? { Some(self.text()?) } else { None })
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        // Every item takes at least a byte.
        (0..count.min(self.0.len() + 1))
            .map(|_| read(self))
            .collect::<Option<Vec<T>>>()
            .filter(|items| items.len() == count)
    }

    pub(super) fn line(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub(super) fn origin(&mut self) -> Option<Origin> {
        Some(Origin {
            file: self.text()?,
            document: self.number()?,
            line: self.line()?,
            generated_by: self.maybe()?,
        })
    }

    pub(super) fn diagnostic(&mut self) -> Option<Diagnostic> {
        let code = code(&self.text::<String>()?);
        let severity = match self.byte()? {
            0 => Severity::Info,
            1 => Severity::Warning,
            2 => Severity::Error,
            _ => return None,
        };
        let location = if self.bool()? {
            Some(Location { file: self.text()?, line: self.line()?, column: self.line()? })
        } else {
            None
        };
        let object = self.maybe()?;
        Some(Diagnostic { code, severity, location, object, message: self.text()?, hint: self.maybe()? })
    }
}

/// The code of a diagnostic for as long as the program runs. There are not many.
fn code(text: &str) -> &'static str {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(code) = known.get(text) {
        return code;
    }
    let code: &'static str = Box::leak(text.into());
    known.insert(code);
    code
}

impl<T: Stored> Stored for Arc<Vec<T>> {
    fn write(&self, out: &mut Writer) -> bool {
        out.number(self.len());
        self.iter().all(|item| item.write(out))
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        reader.list(T::read).map(Arc::new)
    }
}
