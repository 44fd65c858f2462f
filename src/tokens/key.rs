//! The one key of tokens: a secret, or an Ed25519 pair or its public half.
//!
//! Made of RustCrypto's `hmac` and `sha2` and of `ed25519-dalek`, all plain Rust: the token crates at hand bring RSA and the NIST
//! curves along, or a C library.

use std::fmt;

use config::AuthConfig;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::compact::{self, malformed};
use super::error::{KeyError, TokenError};

/// Checks signatures, and makes them where it can.
#[derive(Clone)]
pub enum Key {
    /// One secret for both.
    Secret(Hmac<Sha256>),
    /// A pair, or its public half.
    Pair {
        /// Checks.
        public: VerifyingKey,
        /// Signs.
        private: Option<Box<SigningKey>>,
    },
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.algorithm())
    }
}

impl Key {
    /// The key that is configured, if one is.
    pub fn of(auth: &AuthConfig) -> Result<Option<Self>, KeyError> {
        if let Some(secret) = &auth.token_secret {
            // Any length makes a key; the configuration has refused short ones.
            return Ok(Hmac::new_from_slice(secret.expose().as_bytes()).ok().map(Self::Secret));
        }
        let private = auth.token_private_key.as_ref().map(|pem| {
            SigningKey::from_pkcs8_pem(pem.expose())
                .map_err(|fault| not_ed25519("auth.token_private_key", &fault))
        });
        let public = auth.token_public_key.as_ref().map(|pem| {
            VerifyingKey::from_public_key_pem(pem.expose())
                .map_err(|fault| not_ed25519("auth.token_public_key", &fault))
        });
        match (private.transpose()?, public.transpose()?) {
            (Some(private), Some(public)) if private.verifying_key() != public => {
                Err(KeyError::NoPair)
            }
            (Some(private), _) => {
                let public = private.verifying_key();
                Ok(Some(Self::Pair { public, private: Some(Box::new(private)) }))
            }
            (None, public) => Ok(public.map(|public| Self::Pair { public, private: None })),
        }
    }

    /// How tokens of this key are signed, as `alg` has it.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Secret(_) => "HS256",
            Self::Pair { .. } => "EdDSA",
        }
    }

    /// Whether the packed `signature` is this key's of `signed`.
    pub fn verify(&self, signed: &[u8], signature: &str) -> Result<(), TokenError> {
        let signature = compact::bytes(signature)?;
        let right = match self {
            Self::Secret(keyed) => {
                keyed.clone().chain_update(signed).verify_slice(&signature).is_ok()
            }
            Self::Pair { public, .. } => Signature::from_slice(&signature)
                .is_ok_and(|signature| public.verify_strict(signed, &signature).is_ok()),
        };
        if right { Ok(()) } else { Err(TokenError::Signature) }
    }

    /// This key's signature of `signed`.
    pub fn sign(&self, signed: &[u8]) -> Result<Vec<u8>, TokenError> {
        match self {
            Self::Secret(keyed) => {
                Ok(keyed.clone().chain_update(signed).finalize().into_bytes().to_vec())
            }
            Self::Pair { private, .. } => {
                let private = private.as_ref().ok_or(TokenError::CannotSign)?;
                let signature = private.try_sign(signed);
                Ok(signature.map_err(|_| malformed("it cannot be signed"))?.to_bytes().to_vec())
            }
        }
    }
}

fn not_ed25519(key: &'static str, fault: &impl fmt::Display) -> KeyError {
    KeyError::NotEd25519 { key, reason: fault.to_string() }
}
