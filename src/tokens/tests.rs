use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use config::Secret;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use engine::UserId;
use hmac::KeyInit as _;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const SECRET: &str = "a secret of thirty-two bytes, or more";
/// The private key of RFC 8037, appendix A, in PKCS 8.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn tokens(change: impl FnOnce(&mut Config)) -> Tokens {
    let mut config = Config::default();
    change(&mut config);
    Tokens::of(&config).unwrap()
}

fn by_secret(secret: &str) -> Tokens {
    tokens(|config| config.auth.token_secret = Some(Secret::new(secret)))
}

fn by_pair() -> Tokens {
    tokens(|config| config.auth.token_private_key = Some(Secret::new(PRIVATE)))
}

fn claims(exp_s: u64) -> Claims {
    Claims {
        sub: UserId::new("u 1/ü"),
        exp: Some(Timestamp::from_millis(exp_s * 1_000)),
        rooms: Some(vec!["42".into(), "7".into()]),
    }
}

/// A token by [`SECRET`] with this header and these claims.
fn signed(header: &serde_json::Value, claims: &serde_json::Value) -> String {
    let packed = |value: &serde_json::Value| BASE64.encode(value.to_string());
    let signed = format!("{}.{}", packed(header), packed(claims));
    let signature = by_secret(SECRET).key.unwrap().sign(signed.as_bytes()).unwrap();
    compact::joined(signed, &signature)
}

fn told(token: &str) -> String {
    match by_secret(SECRET).check(token, NOW) {
        Ok(claims) => format!("believed: {claims:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_made_is_believed_and_says_the_same() {
    for tokens in [by_secret(SECRET), by_pair()] {
        for claims in [
            claims(1_700_000_001),
            Claims { sub: UserId::new("x"), exp: None, rooms: None },
            Claims { sub: UserId::new("x"), exp: None, rooms: Some(Vec::new()) },
        ] {
            let token = tokens.mint(&claims).unwrap();
            assert_eq!(tokens.check(&token, NOW), Ok(claims), "{token}");
        }
    }
}

#[test]
fn the_signatures_are_those_of_the_standards() {
    // RFC 8037, appendix A.4: header {"alg":"EdDSA"}, payload "Example of Ed25519 signing".
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let expected =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let key = by_pair().key.unwrap();
    assert_eq!(BASE64.encode(key.sign(signed.as_bytes()).unwrap()), expected);
    // RFC 7515, appendix A.1: a key in bytes, so through the library that the node uses, with the header's own line ends.
    let secret = BASE64
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let key = Key::Secret(hmac::Hmac::new_from_slice(&secret).unwrap());
    let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    assert_eq!(
        key.verify(signed.as_bytes(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        Ok(())
    );
}

#[test]
fn a_token_ends_with_its_time_and_the_leeway() {
    let tokens = by_secret(SECRET);
    let token = tokens.mint(&claims(1_700_000_000)).unwrap();
    let at = |millis: u64| tokens.check(&token, Timestamp::from_millis(1_700_000_000_000 + millis));
    assert!(at(0).is_ok() && at(4_999).is_ok());
    assert_eq!(at(5_000), Err(TokenError::Expired { ago_s: 5 }));
    assert!(at(3_600_000).unwrap_err().is_expiry());
    let begins = |nbf: u64| signed(&json!({"alg": "HS256"}), &json!({"sub": "u", "nbf": nbf}));
    assert!(tokens.check(&begins(1_700_000_005), NOW).is_ok());
    assert_eq!(tokens.check(&begins(1_700_000_006), NOW), Err(TokenError::Early { in_s: 6 }));
}

#[test]
fn the_tokens_own_word_on_its_signature_is_not_taken() {
    let claims = json!({"sub": "u"});
    for alg in ["none", "None", "HS384", "RS256", "EdDSA", "hs256", ""] {
        let refused = told(&signed(&json!({"alg": alg}), &claims));
        assert!(refused.contains("this node takes HS256"), "{alg}: {refused}");
    }
    assert!(told(&signed(&json!({}), &claims)).contains("signed by `nothing`"));
    let bare =
        format!("{}.{}.", BASE64.encode(r#"{"alg":"none"}"#), BASE64.encode(r#"{"sub":"u"}"#));
    assert!(told(&bare).contains("signed by `none`"));
    // The public key, which everybody has, as the secret of an HS256 token.
    let forged = by_secret(PUBLIC).mint(&Claims { sub: UserId::new("u"), exp: None, rooms: None });
    let refused = by_pair().check(&forged.unwrap(), NOW).unwrap_err();
    assert_eq!(refused, TokenError::Algorithm { found: "HS256".into(), wanted: "EdDSA" });
    let critical = signed(&json!({"alg": "HS256", "crit": ["b64"], "b64": false}), &claims);
    assert!(told(&critical).contains("crit"));
}

#[test]
fn another_keys_token_is_refused() {
    let token =
        by_secret("another secret of thirty-two bytes").mint(&claims(1_800_000_000)).unwrap();
    assert_eq!(by_secret(SECRET).check(&token, NOW), Err(TokenError::Signature));
    let unsigned = token.rsplit_once('.').unwrap().0;
    assert_eq!(by_secret(SECRET).check(&format!("{unsigned}."), NOW), Err(TokenError::Signature));
}

#[test]
fn what_is_no_token_is_refused_with_what_is_wrong() {
    for (token, reason) in [
        ("", "three parts"),
        ("a.b", "three parts"),
        ("a.b.c.d", "three parts"),
        ("!.e30.x", "not base64url"),
        ("W10.e30.x", "its header is no JSON object"),
        (&"x".repeat(8_193), "more than 8192 bytes"),
    ] {
        assert!(told(token).contains(reason), "{token}: {}", told(token));
    }
    for (claims, reason) in [
        (json!({}), "`sub` is missing"),
        (json!({"sub": 7}), "`sub` must be a user's id"),
        (json!({"sub": ""}), "`sub` must be a user's id"),
        (json!({"sub": "x".repeat(257)}), "`sub` must be a user's id"),
        (json!({"sub": "u", "exp": "1800000000"}), "`exp` must be seconds"),
        (json!({"sub": "u", "exp": null}), "`exp` must be seconds"),
        (json!({"sub": "u", "exp": -1}), "`exp` must be seconds"),
        (json!({"sub": "u", "nbf": {}}), "`nbf` must be seconds"),
        (json!({"sub": "u", "rooms": "42"}), "`rooms` must be a list"),
        (json!({"sub": "u", "rooms": [42]}), "`rooms` must be a list"),
        (json!({"sub": "u", "rooms": null}), "`rooms` must be a list"),
        (json!([]), "its claims are no JSON object"),
    ] {
        let told = told(&signed(&json!({"alg": "HS256"}), &claims));
        assert!(told.contains(reason), "{claims}: {told}");
    }
}

#[test]
fn rooms_are_those_that_are_named_or_all() {
    let claims = claims(1);
    assert!(claims.may_enter("42") && claims.may_enter("7") && !claims.may_enter("4"));
    assert!(Claims { rooms: None, ..claims.clone() }.may_enter("4"));
    assert!(!Claims { rooms: Some(Vec::new()), ..claims }.may_enter("42"));
}

#[test]
fn a_public_key_checks_and_does_not_sign() {
    let checks = tokens(|config| config.auth.token_public_key = Some(Secret::new(PUBLIC)));
    let token = by_pair().mint(&claims(1_800_000_000)).unwrap();
    assert!(checks.check(&token, NOW).is_ok());
    assert_eq!(checks.mint(&claims(1)), Err(TokenError::CannotSign));
}

#[test]
fn keys_that_are_none_are_named() {
    let mut config = Config::default();
    config.auth.token_public_key = Some(Secret::new(PRIVATE));
    let told = Tokens::of(&config).unwrap_err().to_string();
    assert!(told.starts_with("auth.token_public_key is no Ed25519 key"), "{told}");
    let other = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    let pem =
        other.to_public_key_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF).unwrap();
    config.auth.token_public_key = Some(Secret::new(pem));
    config.auth.token_private_key = Some(Secret::new(PRIVATE));
    assert_eq!(Tokens::of(&config).unwrap_err(), KeyError::NoPair);
}

#[test]
fn a_connection_needs_a_token_where_any_key_is_configured() {
    let open = tokens(|_| {});
    assert!(!open.are_needed());
    assert_eq!(open.check("x", NOW), Err(TokenError::NoKey));
    assert_eq!(open.mint(&claims(1)), Err(TokenError::NoKey));
    assert!(by_secret(SECRET).are_needed() && by_secret(SECRET).can_be_checked());
    let keyed = tokens(|config| config.server.api_key = Some(Secret::new("k")));
    assert!(keyed.are_needed() && !keyed.can_be_checked());
    assert!(!format!("{:?}", by_secret(SECRET)).contains("thirty"));
}

proptest! {
    #[test]
    fn a_changed_token_is_never_believed(place in 0_usize..400, byte in 1_u8..128) {
        for tokens in [by_secret(SECRET), by_pair()] {
            let token = tokens.mint(&claims(1_800_000_000)).unwrap();
            let mut bytes = token.clone().into_bytes();
            let place = place % bytes.len();
            bytes[place] ^= byte;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            prop_assert!(tokens.check(&changed, NOW).is_err(), "{token} {changed}");
        }
    }

    #[test]
    fn no_text_brings_the_reader_down(text in "\\PC{0,60}") {
        prop_assert!(by_secret(SECRET).check(&text, NOW).is_err());
    }
}
