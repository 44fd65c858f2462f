//! The one place that names bincode: a version byte, then the value in bincode 2's standard form.
//!
//! Standard form: little endian, integers of more than one byte as varints, lengths as varints,
//! enum variants as a varint of their order in the source, `Option` as one byte and the value. So a
//! variant or field is only ever added at the end, and then under a new version byte with the old
//! reader kept.
//!
//! Decoding stops at [`DECODE_LIMIT`] bytes, so that a damaged length cannot ask for the memory of the
//! machine, and refuses bytes that are left over.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::{Decode, Encode};

/// The most bytes one value may take, decoded: 16 MiB, twice the largest request body.
pub const DECODE_LIMIT: usize = 16 * 1024 * 1024;

const CONFIG: Configuration<LittleEndian, Varint, Limit<DECODE_LIMIT>> =
    bincode::config::standard().with_limit::<DECODE_LIMIT>();

/// Why bytes are not the value they should be.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The value does not fit the limit or a length does not fit the machine.
    #[error("cannot encode: {0}")]
    Encode(#[from] bincode::error::EncodeError),
    /// The bytes are not a value of this type.
    #[error("cannot decode: {0}")]
    Decode(#[from] bincode::error::DecodeError),
    /// The version byte is none that this program knows.
    #[error("format version {found} is not one of those known, up to {newest}")]
    Version {
        /// The byte that was read.
        found: u8,
        /// The newest version this program reads.
        newest: u8,
    },
    /// There is no version byte.
    #[error("no bytes where a version byte was expected")]
    Empty,
    /// The value ended before the bytes did.
    #[error("{0} bytes are left over behind the value")]
    Trailing(usize),
    /// Bytes of a form of its own, beside bincode, are damaged.
    #[error("damaged: {0}")]
    Damaged(&'static str),
}

/// Encodes `value` behind its `version` byte.
///
/// # Errors
/// [`CodecError::Encode`] where a value is larger than the limit.
pub fn encode<T: Encode>(version: u8, value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = vec![version];
    bincode::encode_into_std_write(value, &mut bytes, CONFIG)?;
    Ok(bytes)
}

/// Decodes a value of the one `version` that this program writes.
///
/// # Errors
/// Any [`CodecError`] but `Encode`.
pub fn decode<T: Decode<()>>(version: u8, bytes: &[u8]) -> Result<T, CodecError> {
    let (&found, body) = bytes.split_first().ok_or(CodecError::Empty)?;
    if found != version {
        return Err(CodecError::Version { found, newest: version });
    }
    let (value, read) = bincode::decode_from_slice(body, CONFIG)?;
    if read < body.len() {
        return Err(CodecError::Trailing(body.len() - read));
    }
    Ok(value)
}
