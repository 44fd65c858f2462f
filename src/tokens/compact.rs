//! The compact form of a signed token: `header.claims.signature`, each in base64url without padding (RFC 7515).
//!
//! Not here: keys, and what claims mean.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value};

use super::error::TokenError;

/// Longest token that is read: some hundred rooms fit.
const MOST_BYTES: usize = 8_192;

/// A token taken apart.
pub struct Token<'t> {
    /// The header, still packed.
    pub header: &'t str,
    /// The claims, still packed.
    pub claims: &'t str,
    /// What is signed: header, dot, claims.
    pub signed: &'t [u8],
    /// The signature, still packed.
    pub signature: &'t str,
}

/// Takes a token apart.
pub fn split(token: &str) -> Result<Token<'_>, TokenError> {
    if MOST_BYTES < token.len() {
        return Err(malformed("it has more than 8192 bytes"));
    }
    let parts = || malformed("it must be three parts between two dots");
    let (signed, signature) = token.rsplit_once('.').ok_or_else(parts)?;
    let (header, claims) = signed.split_once('.').ok_or_else(parts)?;
    if claims.contains('.') {
        return Err(parts());
    }
    Ok(Token { header, claims, signed: signed.as_bytes(), signature })
}

/// Whether the header names `algorithm`, and asks for nothing that is not done here.
pub fn check_header(header: &str, algorithm: &'static str) -> Result<(), TokenError> {
    let header = object(header, "its header is no JSON object")?;
    let found = header.get("alg").and_then(Value::as_str).unwrap_or("nothing");
    if found != algorithm {
        let found = found.chars().take(32).collect();
        return Err(TokenError::Algorithm { found, wanted: algorithm });
    }
    // What is critical must be understood, and no extension is (RFC 7515, 4.1.11).
    if header.contains_key("crit") {
        return Err(malformed("its header has extensions that must be understood (`crit`)"));
    }
    Ok(())
}

/// A packed part that is a JSON object.
pub fn object(part: &str, reason: &'static str) -> Result<Map<String, Value>, TokenError> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| malformed(reason))
}

/// The bytes of a packed part.
pub fn bytes(part: &str) -> Result<Vec<u8>, TokenError> {
    BASE64.decode(part).map_err(|_| malformed("a part of it is not base64url"))
}

/// Header and claims, ready to be signed.
pub fn unsigned(algorithm: &str, claims: &Value) -> String {
    let header = serde_json::json!({ "alg": algorithm, "typ": "JWT" });
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

/// What was signed with its signature.
pub fn joined(signed: String, signature: &[u8]) -> String {
    signed + "." + &BASE64.encode(signature)
}

pub(super) fn malformed(reason: &'static str) -> TokenError {
    TokenError::Malformed { reason }
}
