use super::*;
use config::{Network, Secret};

fn server(trusted: &[&str]) -> ServerConfig {
    let trusted_proxies = trusted.iter().map(|text| Network::parse(text).unwrap()).collect();
    ServerConfig { trusted_proxies, api_key: None, ..config::Config::default().server }
}

fn check(peer: &str, forwarded: &str, server: &ServerConfig, expected: Option<&str>) {
    let found = sender(peer.parse().unwrap(), forwarded, server);
    let expected = expected.map(|address| address.parse().unwrap());
    assert_eq!(found, expected, "{peer} with {forwarded:?}");
}

#[test]
fn a_browser_is_the_peer_itself_whatever_it_says() {
    let open = server(&[]);
    check("203.0.113.9", "", &open, Some("203.0.113.9"));
    check("203.0.113.9", "198.51.100.1", &open, Some("203.0.113.9"));
    check("2001:db8::5", "", &open, Some("2001:db8::5"));
}

#[test]
fn behind_a_declared_proxy_it_is_the_last_address_that_is_none() {
    let proxied = server(&["10.0.0.0/8", "192.0.2.1"]);
    check("10.0.0.2", "198.51.100.1", &proxied, Some("198.51.100.1"));
    check("10.0.0.2", "6.6.6.6, 198.51.100.1, 192.0.2.1", &proxied, Some("198.51.100.1"));
    check("10.0.0.2", "198.51.100.1:4711", &proxied, Some("198.51.100.1"));
    check("10.0.0.2", "[2001:db8::7]:443", &proxied, Some("2001:db8::7"));
    check("10.0.0.2", "2001:db8::7", &proxied, Some("2001:db8::7"));
    check("10.0.0.2", "", &proxied, None);
    check("10.0.0.2", "198.51.100.1, nonsense", &proxied, None);
    check("10.0.0.2", "10.1.1.1", &proxied, None);
    check("192.0.2.9", "198.51.100.1", &proxied, Some("192.0.2.9"));
}

#[test]
fn who_speaks_for_many_is_no_network() {
    let open = server(&[]);
    for peer in
        ["127.0.0.1", "10.0.0.2", "192.168.1.4", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"]
    {
        check(peer, "198.51.100.1", &open, None);
    }
    let keyed = ServerConfig { api_key: Some(Secret::new("key")), ..server(&["10.0.0.0/8"]) };
    check("203.0.113.9", "", &keyed, None);
    check("10.0.0.2", "198.51.100.1", &keyed, Some("198.51.100.1"));
}

#[test]
fn neighbours_share_a_network_and_no_hash_is_zero_or_the_same_under_another_key() {
    let (key, other) = (NodeKey([1; 16]), NodeKey([2; 16]));
    let of = |address: &str, key| hashed(address.parse().unwrap(), key);
    assert_eq!(of("203.0.113.9", &key), of("203.0.113.200", &key));
    assert_eq!(of("203.0.113.9", &key), of("::ffff:203.0.113.1", &key));
    assert_ne!(of("203.0.113.9", &key), of("203.0.114.9", &key));
    assert_eq!(of("2001:db8::1", &key), of("2001:db8::ffff:1", &key));
    assert_ne!(of("2001:db8::1", &key), of("2001:db8:0:1::1", &key));
    assert_ne!(of("203.0.113.9", &key), of("203.0.113.9", &other));
    assert_ne!(of("203.0.113.9", &key), 0);
}
