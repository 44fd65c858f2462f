//! Tokens of users: JSON Web Tokens that say for whom their bearer speaks and which live rooms they may enter.
//!
//! A node has one kind of key (`[auth]`): a secret (HS256) or an Ed25519 pair (EdDSA, RFC 8037). A token's own word on how it
//! is signed only has to agree with it. `sub` is the user, `exp` the end, `rooms` a list of room ids; no list is
//! all rooms.
//!
//! **Invariant:** what [`Tokens::check`] gives was signed by this node's key, and is good now. Signatures are compared in
//! constant time, and before anything of the claims is looked at.
//!
//! Not here: who may call without a token (`http/guard`), and the clock: times are arguments, by the wall clock.

mod claims;
mod compact;
mod error;
mod key;

use config::Config;
use engine::Timestamp;

pub use claims::Claims;
pub use error::{KeyError, TokenError};

use key::Key;

/// Checks tokens, and makes them.
#[derive(Clone, Debug)]
pub struct Tokens {
    key: Option<Key>,
    /// Whether callers must say who they are at all.
    needed: bool,
    leeway_ms: u64,
}

impl Tokens {
    /// The tokens of a node with this configuration.
    ///
    /// # Errors
    /// [`KeyError`] where a key is none.
    pub fn of(config: &Config) -> Result<Self, KeyError> {
        let key = Key::of(&config.auth)?;
        let needed = key.is_some() || config.server.api_key.is_some();
        Ok(Self { key, needed, leeway_ms: config.auth.token_leeway_s.saturating_mul(1_000) })
    }

    /// Whether a connection needs a token. It does where a key of tokens is configured, or an API key: who asks for one
    /// does not let the whole network into its rooms.
    #[must_use]
    pub fn are_needed(&self) -> bool {
        self.needed
    }

    /// Whether tokens can be checked: a key is configured.
    #[must_use]
    pub fn can_be_checked(&self) -> bool {
        self.key.is_some()
    }

    /// What a token says, where it may be believed at `now`.
    ///
    /// # Errors
    /// [`TokenError`]: why not.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let key = self.key.as_ref().ok_or(TokenError::NoKey)?;
        let token = compact::split(token)?;
        compact::check_header(token.header, key.algorithm())?;
        key.verify(token.signed, token.signature)?;
        claims::read(token.claims, now, self.leeway_ms)
    }

    /// A token that says so.
    ///
    /// # Errors
    /// [`TokenError::NoKey`] and [`TokenError::CannotSign`] where there is no key to sign with.
    pub fn mint(&self, claims: &Claims) -> Result<String, TokenError> {
        let key = self.key.as_ref().ok_or(TokenError::NoKey)?;
        let signed = compact::unsigned(key.algorithm(), &claims::written(claims));
        let signature = key.sign(signed.as_bytes())?;
        Ok(compact::joined(signed, &signature))
    }
}

#[cfg(test)]
mod tests;
