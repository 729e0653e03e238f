//! serde_json is the second reader and writer.

use proptest::collection::vec;
use proptest::prelude::*;

use super::Json;

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<u64>().prop_map(Json::from),
        any::<String>().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Json::List),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_here_and_by_others(value in value()) {
        let text = value.to_string();
        prop_assert_eq!(Json::parse(&text), Some(value));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn what_others_write_is_read(text in any::<String>(), number in any::<f64>()) {
        let written = serde_json::json!({ "text": text, "more": [number, null, { "deep": true }] });
        let read = Json::parse(&serde_json::to_string_pretty(&written).unwrap()).unwrap();
        prop_assert_eq!(read.get("text").and_then(Json::text), Some(text.as_str()));
        prop_assert!(read.get("more").unwrap().list()[2].get("deep").unwrap().is_true());
    }

    #[test]
    fn no_text_is_too_strange(text in "[\\[\\]{}\",:\\\\u0-9a-f.eE+ -]{0,60}") {
        let others = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        // It knows numbers that are too large for it.
        let read = Json::parse(&text).is_some();
        prop_assert!(read || !others, "{}", text);
        prop_assert!(others || !read || text.contains(['e', 'E']), "{}", text);
    }
}

#[test]
fn what_is_no_json_is_refused() {
    let deep = "[".repeat(5_000);
    let bad = [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "01",
        "1.",
        ".5",
        "-",
        "1e",
        "+1",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\\u12\"",
        "\"\n\"",
        "1 2",
        &deep,
    ];
    for text in bad {
        assert_eq!(Json::parse(text), None, "{text}");
    }
}

#[test]
fn characters_by_their_code_are_read() {
    let read = Json::parse(r#""\u00e4\ud83d\ude00\/\b\f\n\r\t""#);
    assert_eq!(read, Some(Json::from("ä😀/\u{8}\u{c}\n\r\t")));
}

#[test]
fn a_null_is_nothing_and_the_last_of_a_name_counts() {
    let read = Json::parse(r#"{"a":null,"b":1,"b":2,"c":-1}"#).unwrap();
    assert_eq!(read.get("a"), None);
    assert_eq!(read.get("b").and_then(Json::integer), Some(2));
    assert_eq!(read.get("c").and_then(Json::integer), None);
    assert_eq!(read.text(), None);
}
