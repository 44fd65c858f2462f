//! Whatever comes, every entry is accounted for.

use proptest::prelude::*;

use super::*;

fn json(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("NaN".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        "\"[a-z\\\\\"u0-9]{0,8}\"",
        prop::sample::select(vec!["\"like\"", "\"u\"", "\"2026-10-01T09:00:00Z\"", "1700000000"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(depth, 24, 4, |inner| {
        let key = prop::sample::select(vec![
            "type",
            "user_id",
            "item_id",
            "items",
            "ts",
            "sent_at",
            "events",
            "batch",
            "data",
            "properties",
            "params",
            "value",
            "id",
            "source",
            "specversion",
            "name",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(","))),
            prop::collection::vec((key, inner), 0..8).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

const DIALECTS: [Dialect; 4] =
    [Dialect::Native, Dialect::Segment, Dialect::Ga4, Dialect::CloudEvents];

/// Every entry ends as drafts or as one refusal, and a second reading gives the same.
fn check_accounts(bytes: &[u8]) {
    for dialect in DIALECTS {
        for framing in [Framing::Detect, Framing::Lines] {
            let Ok(ingested) = read_as(dialect, framing, bytes) else { continue };
            let mut owners = ingested.owners.clone();
            owners.dedup();
            assert_eq!(owners.len() + ingested.rejected.len(), ingested.entries);
            assert_eq!(ingested.drafts, read_as(dialect, framing, bytes).unwrap().drafts);
            for event in events(&ingested) {
                let properties = &event.properties;
                assert!(properties.is_empty() || properties.starts_with('{'));
                if !properties.is_empty() {
                    serde_json::from_str::<serde_json::Value>(properties).unwrap();
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_accounts(&bytes);
    }

    #[test]
    fn anything_like_json_ends_in_an_answer(text in json(4)) {
        check_accounts(text.as_bytes());
    }

    #[test]
    fn a_cut_or_changed_event_ends_in_an_answer(at in 0usize..120, byte in any::<u8>()) {
        let body = r#"[{"type":"like","user_id":"u","items":[{"item_id":"a","price":1}],"ts":1700000000,"properties":{"k":"v\n"}}]"#;
        let mut bytes = body.as_bytes().to_vec();
        let at = at.min(bytes.len() - 1);
        check_accounts(&bytes[..at]);
        bytes[at] = byte;
        check_accounts(&bytes);
    }
}
