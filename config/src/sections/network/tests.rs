use super::*;

fn check(network: &str, address: &str, expected: bool) {
    let found = Network::parse(network).unwrap().contains(address.parse().unwrap());
    assert_eq!(found, expected, "{address} in {network}");
}

#[test]
fn addresses_are_in_the_networks_that_they_begin_like() {
    check("10.0.0.0/8", "10.255.3.4", true);
    check("10.0.0.0/8", "11.0.0.0", false);
    check("203.0.113.7", "203.0.113.7", true);
    check("203.0.113.7", "203.0.113.8", false);
    check("203.0.113.7/24", "203.0.113.200", true);
    check("0.0.0.0/0", "198.51.100.1", true);
    check("0.0.0.0/0", "2001:db8::1", false);
    check("2001:db8::/32", "2001:db8:ffff::1", true);
    check("2001:db8::/32", "2001:db9::1", false);
    check("::/0", "2001:db8::1", true);
    check("10.0.0.0/8", "::ffff:10.1.2.3", true);
}

#[test]
fn what_is_no_network_is_refused() {
    for text in
        ["", "10.0.0.0/33", "10.0.0/8", "2001:db8::/129", "10.0.0.0/", "proxy", "10.0.0.0/-1"]
    {
        assert_eq!(Network::parse(text), None, "{text:?}");
    }
}
