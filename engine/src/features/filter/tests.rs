//! What expressions mean, and how nonsense is refused.

use super::*;
use crate::features::occurrence::CategoryNames;
use crate::{CategoryId, EventTypeId, Timestamp};

struct Shop;

impl CategoryNames for Shop {
    fn number(&self, name: &str) -> Option<CategoryId> {
        ["shoes", "hats"].iter().position(|known| *known == name).map(|n| CategoryId(n as u32))
    }
}

fn holds(text: &str) -> bool {
    let event = Occurrence {
        categories: &[CategoryId(1)],
        kind: "product",
        price: Some(19.5),
        value: None,
        position: Some(3),
        room: Some("42"),
        properties: r#"{"dwell_ms":30000,"device":"ios","new":true,"price":1}"#,
        names: &Shop,
        ..Occurrence::new(EventTypeId(0), Timestamp::EPOCH, 0)
    };
    Filter::parse(text).unwrap().holds(&event)
}

#[test]
fn comparisons_say_what_they_say() {
    for text in [
        "dwell_ms >= 30000",
        "dwell_ms >= 30_000 and price < 20",
        "price < 1 or position <= 3",
        "not price > 20",
        "category = 'hats'",
        "category in [\"shoes\", \"hats\"]",
        "category != \"shoes\"",
        "category != \"never named\"",
        "kind = \"product\" and room = \"42\"",
        "device in ('android', 'ios')",
        "new = true and not new = false",
        "properties.price = 1 and price != 1",
        "price > 100 and dwell_ms = 1 or position = 3",
        "(price > 100 or dwell_ms > 1) and position = 3",
        "device > \"ion\"",
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn what_an_event_does_not_carry_fulfils_no_comparison() {
    for text in ["value = 1", "value != 1", "colour != \"red\"", "device != 1", "new != \"x\""] {
        assert!(!holds(text), "{text}");
        assert!(holds(&format!("not ({text})")), "{text}");
    }
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let refusal = |text: &str| Filter::parse(text).unwrap_err().to_string();
    assert_eq!(
        refusal("dwell_ms => 1"),
        "at character 11: expected a number, a text in quotes, true or false, found `>`"
    );
    assert_eq!(
        refusal("price <"),
        "at character 8: expected a number, a text in quotes, true or false, found the end"
    );
    assert!(refusal("").contains("at character 1: expected a name"));
    assert!(refusal("price 3").contains("one of = != < <= > >= in, found 3"));
    assert!(refusal("(price < 3").contains("expected `)`, found the end"));
    assert!(refusal("price < 3 4").contains("`and`, `or` or the end"));
    assert!(refusal("room = \"4").contains("a closing quote"));
    assert!(refusal("价 ~ 3").contains("at character 3"));
    assert!(refusal("price = \"cheap\"").contains("price is compared with numbers"));
    assert!(refusal("category = 3").contains("category is compared with texts"));
    assert!(refusal("category < \"a\"").contains("by =, != or in"));
    assert!(refusal("price = 1e999").contains("a number"));
    assert_eq!(Filter::parse(&"not ".repeat(20)), Err(FilterError::TooMuch));
}

#[test]
fn an_expression_reads_back_as_itself() {
    for text in [
        "properties.dwell_ms >= 30000",
        "(price < 3 and (kind = \"a\\\"b\" or not value = 1))",
        "category in [\"a\", \"b\"]",
        "properties.on = true",
        "properties.\"a = 1 or b\" = 2",
    ] {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(filter.to_string(), text);
        assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
    }
}

#[test]
fn no_text_makes_the_reader_stumble() {
    let text = "a>=-1 and (b in ['x','\\''] or not properties.\"é\" != true)";
    for start in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        for end in (start..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let _ = Filter::parse(&text[start..end]);
        }
    }
}
