//! Which network an event came from, as a keyed hash: enough to tell a crowd from one machine with many names.
//!
//! A network is an IPv4 /24 or an IPv6 /64. Who reaches the node with the API key, from a private address or from the same
//! machine is a server that speaks for many users, and no network; so is a proxy that nobody declared. Behind a
//! declared proxy (`server.trusted_proxies`) the sender is the last address in `x-forwarded-for` that is no
//! declared proxy itself: everything before it is the sender's own word.
//!
//! **Invariant:** an address is hashed here and goes no further.
//!
//! Not here: what is made of it (engine).

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use config::ServerConfig;
use engine::NodeKey;

use super::speaker;

const FORWARDED: &str = "x-forwarded-for";

/// The network that `request` came from; 0 where it is not known or speaks for many.
#[must_use]
pub fn of(request: &HttpRequest, server: &ServerConfig, key: &NodeKey) -> u32 {
    if speaker::is_own(request) {
        return of_own(request.head(), server, key);
    }
    of_head(request.head(), server, key)
}

/// The network that a user's own request with this head came from: from the user's browser, whatever key servers have.
#[must_use]
pub fn of_own(head: &RequestHead, server: &ServerConfig, key: &NodeKey) -> u32 {
    of_head(head, &ServerConfig { api_key: None, ..server.clone() }, key)
}

fn of_head(head: &RequestHead, server: &ServerConfig, key: &NodeKey) -> u32 {
    let Some(peer) = head.peer_addr else { return 0 };
    let forwarded: Vec<&str> =
        head.headers().get_all(FORWARDED).filter_map(|value| value.to_str().ok()).collect();
    sender(peer.ip(), &forwarded.join(","), server).map_or(0, |sender| hashed(sender, key))
}

/// The address of whoever sent it, where it is one browser's.
fn sender(peer: IpAddr, forwarded: &str, server: &ServerConfig) -> Option<IpAddr> {
    let trusted = |address: IpAddr| server.trusted_proxies.iter().any(|it| it.contains(address));
    if trusted(peer) {
        let mut hops = forwarded.rsplit(',').map(address);
        return hops.find(|hop| !hop.is_some_and(trusted))?.filter(|hop| is_public(*hop));
    }
    (server.api_key.is_none() && is_public(peer)).then_some(peer)
}

/// An address as proxies write it: alone, with a port, in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let with_port = text.rsplit_once(':').filter(|(host, _)| host.contains('.'));
    text.parse().ok().or_else(|| bare?.0.parse().ok()).or_else(|| with_port?.0.parse().ok())
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => {
            !(it.is_private() || it.is_loopback() || it.is_link_local() || it.is_unspecified())
        }
        IpAddr::V6(it) => {
            let local = it.is_unique_local() || it.is_unicast_link_local();
            !(it.is_loopback() || it.is_unspecified() || local)
        }
    }
}

fn hashed(address: IpAddr, key: &NodeKey) -> u32 {
    let hash = match address.to_canonical() {
        IpAddr::V4(it) => key.hash(&[b"origin", &it.octets()[..3]]),
        IpAddr::V6(it) => key.hash(&[b"origin", &it.octets()[..8]]),
    };
    ((hash >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests;
