use serde_json::json;

use super::*;

const SORTS: [(&str, Sort); 3] =
    [("limit", Sort::Whole), ("seen", Sort::Flag), ("tags", Sort::List)];

#[test]
fn parameters_become_values_by_their_sort() {
    let read = object("limit=5&seen=false&tags=a,b&tags=c&other=7%20x", &SORTS).unwrap();
    let expected = json!({"limit": 5, "seen": false, "tags": ["a", "b", "c"], "other": "7 x"});
    assert_eq!(Value::Object(read), expected);
}

#[test]
fn a_value_that_does_not_fit_stays_text_for_the_check_to_name() {
    let read = object("limit=five&seen=1", &SORTS).unwrap();
    assert_eq!(Value::Object(read), json!({"limit": "five", "seen": "1"}));
}

#[test]
fn one_value_given_twice_is_refused() {
    let refused = object("limit=5&limit=6", &SORTS).unwrap_err();
    assert_eq!(refused, ApiError::field("/limit", "given_twice", "is given twice"));
}
