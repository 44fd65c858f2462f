//! Packed bodies: gzip, of one member or several, and deflate.
//!
//! **Invariant:** no more is unpacked than the limit and one byte.
//!
//! Not here: other encodings, which `guard` refuses.

use std::io::Read;

use actix_web::http::header::{self, HeaderMap};
use actix_web::web;
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::ApiError;

/// Packed bytes that are unpacked on the worker: at worst a thousand times as many, a few milliseconds.
const INLINE_BYTES: usize = 4 * 1024;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// gzip.
    Gzip,
    /// deflate, which is zlib.
    Deflate,
}

impl Packing {
    /// How the body behind `headers` is packed.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let named = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
        match named.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            _ => Self::Plain,
        }
    }

    /// Unpacks `packed`, off the worker where that may take long.
    ///
    /// # Errors
    /// Where it is not what it is said to be, or more than `limit` bytes.
    pub async fn unpack(self, packed: web::Bytes, limit: usize) -> Result<web::Bytes, ApiError> {
        if self == Self::Plain || packed.len() <= INLINE_BYTES {
            return self.unpack_here(packed, limit);
        }
        let unpacked = tokio::task::spawn_blocking(move || self.unpack_here(packed, limit)).await;
        unpacked.map_err(|error| ApiError::Framework { status: 500, detail: error.to_string() })?
    }

    fn unpack_here(self, packed: web::Bytes, limit: usize) -> Result<web::Bytes, ApiError> {
        match self {
            // Nothing is packed in nothing; the body is empty then.
            _ if packed.is_empty() => Ok(packed),
            Self::Plain => Ok(packed),
            Self::Gzip => drain(MultiGzDecoder::new(&*packed), "gzip", limit),
            Self::Deflate => drain(ZlibDecoder::new(&*packed), "deflate", limit),
        }
    }
}

fn drain(unpacked: impl Read, name: &str, limit: usize) -> Result<web::Bytes, ApiError> {
    let mut body = Vec::new();
    let most = (limit as u64).saturating_add(1);
    unpacked
        .take(most)
        .read_to_end(&mut body)
        .map_err(|error| ApiError::BrokenBody(format!("it is not sound {name}: {error}")))?;
    if limit < body.len() {
        return Err(ApiError::BodyTooLarge { limit });
    }
    Ok(body.into())
}
