//! What the two lists look like side by side, and when the show has failed.

use super::*;
use crate::cli::global::{Format, Global};

fn lists(shown: &[&str], listed: &[&str]) -> Lists {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Lists { shown: owned(shown), listed: owned(listed), clicked: "c".to_owned() }
}

fn printer() -> Printer {
    Printer::new(&Global {
        url: String::new(),
        api_key_file: None,
        output: Format::Table,
        quiet: false,
        verbose: 0,
        no_color: true,
        timeout: 1,
    })
}

#[test]
fn what_moved_is_marked() {
    let text =
        lists(&["a", "b", "c"], &["n", "b", "a"]).render(&printer(), ("popular", "personalized"));
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["before:", "popular", "after:", "personalized"]);
    assert_eq!(rows[1], ["1", "a", "new", "n"]);
    assert_eq!(rows[2], ["2", "b", "=", "b"]);
    assert_eq!(rows[3], ["3", "c", "<click", "▼2", "a"]);
}

#[test]
fn the_show_fails_where_the_click_is_not_reflected() {
    lists(&["a", "c"], &["b", "a"]).verdict(Some(true)).unwrap();
    lists(&["a", "c"], &["a", "c"]).verdict(Some(true)).unwrap_err();
    lists(&["a", "c"], &["c", "b"]).verdict(Some(true)).unwrap_err();
    lists(&["a", "c"], &["b", "a"]).verdict(Some(false)).unwrap_err();
}

#[test]
fn the_invitation_names_the_node_and_an_item_of_the_shop() {
    let text = invitation("http://127.0.0.1:1234");
    assert!(text.contains("curl 'http://127.0.0.1:1234/v1/users/you/recommendations"), "{text}");
    assert!(
        text.contains(r#"-d '{"user_id":"you","item_id":"boot-12","event":"click"}'"#),
        "{text}"
    );
    assert_eq!(title("boot-12"), "Amber boot");
    assert_eq!(title("unheard-of"), "unheard-of");
}
