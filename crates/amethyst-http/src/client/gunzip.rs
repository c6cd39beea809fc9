//! Takes gzip off a stream, in bounded memory.

use bytes::Bytes;
use zlib_rs::{Inflate, InflateFlush, Status};

/// How much is unpacked at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A gzip stream on its way: packed pieces go in, unpacked ones come out. A second member is refused, for
/// no server sends one.
pub(crate) struct Gunzip {
    inflate: Inflate,
    packed: Bytes,
    ended: bool,
}

impl Gunzip {
    pub(crate) fn new() -> Self {
        Self { inflate: Inflate::new(true, 16 + 15), packed: Bytes::new(), ended: false }
    }

    /// Whether more packed bytes are needed before [`Gunzip::piece`] gives anything.
    pub(crate) fn is_hungry(&self) -> bool {
        self.packed.is_empty()
    }

    pub(crate) fn feed(&mut self, packed: Bytes) {
        self.packed = packed;
    }

    /// Whether the stream came to its end.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The next unpacked piece; empty when the packed bytes are used up.
    pub(crate) fn piece(&mut self) -> Result<Bytes, String> {
        if self.ended {
            return if self.packed.is_empty() {
                Ok(Bytes::new())
            } else {
                Err("bytes after its end".to_owned())
            };
        }
        let mut out = vec![0; PIECE_BYTES];
        let (in_before, out_before) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(&self.packed, &mut out, InflateFlush::NoFlush)
            .map_err(|error| error.as_str().to_owned())?;
        let used = (self.inflate.total_in() - in_before) as usize;
        let made = (self.inflate.total_out() - out_before) as usize;
        let _ = self.packed.split_to(used.min(self.packed.len()));
        self.ended = status == Status::StreamEnd;
        if used == 0 && made == 0 && !self.ended {
            // Neither took nor gave: there is nothing left to do with these bytes.
            self.packed.clear();
        }
        out.truncate(made);
        Ok(Bytes::from(out))
    }
}

impl std::fmt::Debug for Gunzip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gunzip").finish_non_exhaustive()
    }
}
