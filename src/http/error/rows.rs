//! Status, code and title of errors that come in families.
//!
//! Not here: the mapping itself.

use actix_web::http::StatusCode;

use crate::tokens::TokenError;

/// Status, code and title.
pub type Row = (StatusCode, &'static str, &'static str);

/// A body past a limit.
pub fn too_large(code: &'static str, title: &'static str) -> Row {
    (StatusCode::PAYLOAD_TOO_LARGE, code, title)
}

/// A body of another kind.
pub fn media(code: &'static str, title: &'static str) -> Row {
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, code, title)
}

/// Not now.
pub fn unavailable(code: &'static str, title: &'static str) -> Row {
    (StatusCode::SERVICE_UNAVAILABLE, code, title)
}

/// Not yet.
pub fn not_ready() -> Row {
    unavailable("not_ready", "The node is not ready")
}

/// The status of this number.
pub fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What is wrong with a user's token.
pub fn of_token(error: &TokenError) -> Row {
    use StatusCode as S;
    match error {
        TokenError::NoKey | TokenError::CannotSign => {
            (S::CONFLICT, "tokens_not_configured", "There is no key for tokens")
        }
        TokenError::Expired { .. } => (S::UNAUTHORIZED, "token_expired", "The token has expired"),
        _ => (S::UNAUTHORIZED, "token_refused", "The token is refused"),
    }
}
