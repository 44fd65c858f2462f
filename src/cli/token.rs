//! `freshet token`: a user's token, made from the configuration without a node.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

use clap::Args;
use engine::UserId;
use serde_json::json;

use super::configure::Layers;
use super::failure::Failure;
use super::global::Global;
use super::output::Printer;
use crate::clock::wall_now;
use crate::tokens::{Claims, Tokens};

const AFTER_HELP: &str = "\
Examples:
  freshet token --sub u1                          every room, for as long as auth.token_ttl_s says
  freshet token --sub u1 --rooms 42,43 --ttl 15m
  freshet token --sub u1 -o json                  with its end

The key is read from the configuration: [auth] token_secret_file or token_private_key_file. A shop's server asks a
node instead: POST /v1/tokens.";

/// Make a token for a user: for live rooms, and for pages that post events
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Token {
    #[command(flatten)]
    layers: Layers,
    /// The user that its bearer speaks for
    #[arg(long, value_name = "USER", value_parser = user)]
    sub: UserId,
    /// Rooms that may be entered, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ROOM")]
    rooms: Option<Vec<String>>,
    /// How long it is good for: 90s, 15m, 1h, 7d [default: auth.token_ttl_s]
    #[arg(long, value_parser = seconds, value_name = "TIME")]
    ttl: Option<u64>,
}

impl Token {
    /// Makes it and writes it.
    ///
    /// # Errors
    /// [`Failure`] where the configuration has no key that signs.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = self.layers.load(Vec::new())?.config;
        let (ttl_s, most) =
            (self.ttl.unwrap_or(config.auth.token_ttl_s), config.auth.token_max_ttl_s);
        if most < ttl_s {
            let told = format!("--ttl: auth.token_max_ttl_s allows {most} seconds at most");
            return Err(Failure::Usage(told));
        }
        let usage = |told: String| Failure::Usage(told);
        let tokens = Tokens::of(&config).map_err(|fault| usage(fault.to_string()))?;
        let exp = wall_now().plus_millis(ttl_s * 1_000);
        let rooms =
            self.rooms.as_ref().map(|rooms| rooms.iter().map(|room| (**room).into()).collect());
        let claims = Claims { sub: self.sub.clone(), exp: Some(exp), rooms };
        let token = tokens.mint(&claims).map_err(|fault| usage(fault.to_string()))?;
        let mut told = json!({
            "token": token, "user_id": self.sub.as_str(), "expires_at": crate::http::times::rfc3339(exp)
        });
        if let Some(rooms) = claims.rooms {
            told["rooms"] = json!(rooms);
        }
        Printer::new(global).result(&told, |_| token);
        Ok(())
    }
}

fn user(text: &str) -> Result<UserId, String> {
    let fits = (1..=crate::ingest::limits::ID_BYTES).contains(&text.len());
    fits.then(|| UserId::new(text)).ok_or_else(|| "a user's id has 1 to 256 bytes".to_owned())
}

/// A length of time in seconds: a number and its unit.
fn seconds(text: &str) -> Result<u64, String> {
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("expected a number with s, m, h or d, such as 15m".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "expected a number, such as 15m".to_owned())?;
    number
        .checked_mul(factor)
        .filter(|seconds| 0 < *seconds)
        .ok_or_else(|| "must be above 0".to_owned())
}

#[cfg(test)]
mod tests;
