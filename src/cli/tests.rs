//! The command line as a whole.

use clap::CommandFactory as _;

use super::*;
use crate::cli::output::{count, cut};
use crate::cli::query::{escape, with_query};

#[test]
fn every_subcommand_is_well_formed_and_teaches_by_example() {
    Cli::command().debug_assert();
    for command in Cli::command().get_subcommands().filter(|command| command.get_name() != "help") {
        let taught = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(taught.contains("freshet "), "{} shows no example", command.get_name());
    }
}

#[test]
fn global_options_may_stand_behind_the_subcommand() {
    let cli =
        Cli::try_parse_from(["freshet", "recommend", "u1", "-o", "json", "--url", "http://h:1"]);
    let cli = cli.unwrap();
    assert_eq!(cli.global.url, "http://h:1");
    assert_eq!(cli.global.output, global::Format::Json);
}

#[test]
fn an_event_needs_a_user_or_a_session() {
    Cli::try_parse_from(["freshet", "event", "click", "--item", "i"]).unwrap_err();
    Cli::try_parse_from(["freshet", "event", "click", "--session", "s"]).unwrap();
}

#[test]
fn statuses_become_exit_codes() {
    let code = |status| Failure::of_status(status, String::new()).exit_code();
    assert_eq!([401, 403, 404, 422, 429, 500, 503].map(code), [4, 4, 3, 1, 5, 1, 5]);
    assert_eq!(Failure::Usage(String::new()).exit_code(), 2);
}

#[test]
fn what_callers_type_is_escaped_in_addresses() {
    assert_eq!(escape("a/b c?ü"), "a%2Fb%20c%3F%C3%BC");
    let path = with_query("/p", &[("a", Some("x&y".to_owned())), ("b", None)]);
    assert_eq!(path, "/p?a=x%26y");
}

#[test]
fn numbers_and_titles_are_written_for_people() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!(cut("Übermut", 5), "Über…");
}
