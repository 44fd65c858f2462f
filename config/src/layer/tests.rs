//! Sources become assignments with their place.

use std::path::Path;

use super::*;

#[test]
fn a_file_gives_each_key_with_its_line() {
    let text = "clock = \"event\"\n\n[server]\n# here\nbind = \"[::1]:1\"\nworkers = 1_000\n";
    let found = from_toml(text, Some(Path::new("f.toml"))).unwrap();
    let told: Vec<_> = found.iter().map(|a| (a.path.join("."), a.origin.to_string())).collect();
    assert_eq!(
        told,
        [
            ("clock".to_owned(), "f.toml:1".to_owned()),
            ("server.bind".to_owned(), "f.toml:5".to_owned()),
            ("server.workers".to_owned(), "f.toml:6".to_owned()),
        ]
    );
    assert_eq!(found[2].given, Given::Typed(Value::Integer(1000)));
}

#[test]
fn names_keep_the_order_of_the_file() {
    let found = from_toml("[events.types]\nzeta = {a = 1}\nalpha = {a = 1}\n", None).unwrap();
    let names: Vec<_> = found.iter().map(|a| a.path[2].as_str()).collect();
    assert_eq!(names, ["zeta", "alpha"]);
}

#[test]
fn broken_toml_names_file_and_line() {
    let fault = from_toml("[server]\nbind = \n", Some(Path::new("f.toml"))).unwrap_err();
    assert!(fault.to_string().starts_with("f.toml:2: no TOML: "), "{fault}");
}

#[test]
fn only_variables_with_the_prefix_set_keys() {
    let variables = [
        ("FRESHET__SERVER__BIND".to_owned(), "127.0.0.1:1".to_owned()),
        ("FRESHET_URL".to_owned(), "http://x".to_owned()),
        ("PATH".to_owned(), "/bin".to_owned()),
    ];
    let found = from_environment(&variables);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, ["server", "bind"]);
}
