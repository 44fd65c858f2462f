//! Why a token is not believed, or no key can be used; texts are made here alone, and hold no secret.

/// A key of `[auth]` that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the PEM of an Ed25519 key.
    #[error("{key} is no Ed25519 key in PEM: {reason}")]
    NotEd25519 {
        /// The setting.
        key: &'static str,
        /// What the reader says.
        reason: String,
    },
    /// The public key is another pair's.
    #[error("auth.token_public_key does not belong to auth.token_private_key")]
    NoPair,
}

/// Why a token is refused, or not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No key is configured.
    #[error(
        "this node has no key for tokens: set auth.token_secret_file or auth.token_public_key_file"
    )]
    NoKey,
    /// Only the public key is configured.
    #[error("this node only checks tokens: set auth.token_private_key_file to make some")]
    CannotSign,
    /// Not in the form of a token.
    #[error("the token is malformed: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Signed in another way than the node's key does.
    #[error("the token is signed by `{found}`; this node takes {wanted}")]
    Algorithm {
        /// What its head says.
        found: String,
        /// What the key is for.
        wanted: &'static str,
    },
    /// Not signed by this node's key, or changed since.
    #[error("the token's signature is not by this node's key")]
    Signature,
    /// Its time is over.
    #[error("the token expired {ago_s} s ago")]
    Expired {
        /// Seconds since then.
        ago_s: u64,
    },
    /// Its time has not begun.
    #[error("the token is not good before {in_s} s from now")]
    Early {
        /// Seconds until then.
        in_s: u64,
    },
    /// A claim is missing or cannot be used.
    #[error("the token's claim `{claim}` {reason}")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl TokenError {
    /// Whether a new token of the same user would do, so that a client should ask for one.
    #[must_use]
    pub fn is_expiry(&self) -> bool {
        matches!(self, Self::Expired { .. })
    }
}
