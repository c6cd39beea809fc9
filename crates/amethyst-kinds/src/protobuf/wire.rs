//! The wire format: numbers, lengths and bytes.

use super::ProtobufError;

/// The value of a field as it lies on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raw<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
    /// Wire type 5, which no message of the table has.
    Fixed32,
}

impl Raw<'_> {
    /// The number of the wire type.
    pub(super) fn wire_type(self) -> u8 {
        match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Bytes(_) => 2,
            Self::Fixed32 => 5,
        }
    }
}

/// The fields of one message, in the order they lie there; groups are skipped. Ends after the first error.
pub(super) fn fields(bytes: &[u8]) -> Fields<'_> {
    Fields { rest: bytes, groups: 0 }
}

/// See [`fields`].
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    groups: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Raw<'a>), ProtobufError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return (std::mem::take(&mut self.groups) > 0).then_some(Err(ProtobufError::UnexpectedEnd));
            }
            match self.field() {
                Ok(Some(field)) if self.groups == 0 => return Some(Ok(field)),
                Ok(_) => {}
                Err(error) => {
                    (self.rest, self.groups) = (&[], 0);
                    return Some(Err(error));
                }
            }
        }
    }
}

impl<'a> Fields<'a> {
    /// One field, or nothing at the border of a group.
    fn field(&mut self) -> Result<Option<(u32, Raw<'a>)>, ProtobufError> {
        let tag = varint(&mut self.rest)?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| (1..1 << 29).contains(number));
        let number = number.ok_or_else(|| malformed("illegal tag"))?;
        let raw = match tag & 7 {
            0 => Raw::Varint(varint(&mut self.rest)?),
            1 => Raw::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length =
                    usize::try_from(varint(&mut self.rest)?).map_err(|_| ProtobufError::UnexpectedEnd)?;
                Raw::Bytes(self.take(length)?)
            }
            5 => {
                self.array::<4>()?;
                Raw::Fixed32
            }
            3 => {
                self.groups += 1;
                return Ok(None);
            }
            4 => {
                self.groups =
                    self.groups.checked_sub(1).ok_or_else(|| malformed("unexpected end of group"))?;
                return Ok(None);
            }
            other => return Err(malformed(&format!("illegal wireType {other}"))),
        };
        Ok(Some((number, raw)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ProtobufError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(ProtobufError::UnexpectedEnd)?;
        self.rest = rest;
        Ok(*array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ProtobufError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(ProtobufError::UnexpectedEnd)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Takes a number of variable length off the front.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, ProtobufError> {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *bytes = &bytes[index + 1..];
            return Ok(value);
        }
    }
    Err(if bytes.len() < 10 { ProtobufError::UnexpectedEnd } else { malformed("integer overflow") })
}

/// An error about the bytes.
pub(super) fn malformed(what: &str) -> ProtobufError {
    ProtobufError::Malformed(what.to_owned())
}
