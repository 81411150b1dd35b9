//! The reader of JSON against `serde_json`, on documents of any shape and spelling, and its limits.

use lifeboat::formats::encoding::json::{FieldFault, Kind, MAX_VALUES, Value};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value as Tree};

/// Documents of any shape. Names hold quotes, escapes and brackets as often as letters.
fn trees() -> impl Strategy<Value = Tree> {
    let text = "[a-c\"\\\\{}\\[\\],: \n\u{7f}é\u{1f600}]{0,6}";
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::from),
        any::<i64>().prop_map(Tree::from),
        (-1000..1000).prop_map(|eighths| Tree::from(f64::from(eighths) / 8.0)),
        text.prop_map(Tree::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Tree::from),
            vec((text, inner), 0..24)
                .prop_map(|members| Tree::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The tree in another spelling: blanks between its parts, characters as escapes.
fn spell(tree: &Tree, blanks: &[&str], escaped: bool, out: &mut String) {
    let blank = |out: &mut String| out.push_str(blanks[out.len() % blanks.len()]);
    blank(out);
    match tree {
        Tree::String(text) => spell_text(text, escaped, out),
        Tree::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                spell(element, blanks, escaped, out);
            }
            blank(out);
            out.push(']');
        }
        Tree::Object(members) => {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                blank(out);
                spell_text(name, escaped, out);
                blank(out);
                out.push(':');
                spell(value, blanks, escaped, out);
            }
            blank(out);
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
    blank(out);
}

fn spell_text(text: &str, escaped: bool, out: &mut String) {
    if !escaped {
        return out.push_str(&Tree::from(text).to_string());
    }
    out.push('"');
    for unit in text.encode_utf16() {
        out.push_str(&format!("\\u{unit:04X}"));
    }
    out.push('"');
}

/// The value as the reader sees it, put together again.
fn tree_of(value: &Value<'_>) -> Tree {
    match value.kind() {
        Kind::Null => Tree::Null,
        Kind::Plain => serde_json::from_str(value.raw()).unwrap(),
        Kind::Text => Tree::from(value.text().unwrap().expose()),
        Kind::Array => value
            .elements()
            .unwrap()
            .map(|element| tree_of(&element))
            .collect(),
        Kind::Object => {
            let members = value.members().unwrap();
            let members = members.map(|(name, value)| (name.into_owned(), tree_of(&value)));
            Tree::from(members.collect::<Map<_, _>>())
        }
    }
}

proptest! {
    #[test]
    fn any_document_in_any_spelling_is_read_as_it_is(
        tree in trees(), blanks in vec(prop::sample::select(vec!["", " ", "\n", "\t\r"]), 1..4), escaped: bool
    ) {
        let mut text = String::new();
        spell(&tree, &blanks, escaped, &mut text);
        let value = Value::parse("document", text.as_bytes()).unwrap();
        prop_assert_eq!(tree_of(&value), tree.clone());

        let twice = format!("{text} {text}");
        let all: Vec<Tree> = Value::parse_all("document", "", &twice)
            .map(|value| tree_of(&value.unwrap()))
            .collect();
        prop_assert_eq!(all, vec![tree.clone(), tree.clone()]);

        for (name, member) in tree.as_object().into_iter().flatten() {
            let found = value.find(name).unwrap();
            prop_assert_eq!(found.as_ref().map(tree_of), Some(member.clone()).filter(|tree| !tree.is_null()));
            let found = value.object().unwrap().find(name);
            prop_assert_eq!(found.as_ref().map(tree_of), Some(member.clone()).filter(|tree| !tree.is_null()));
        }
    }

    #[test]
    fn what_serde_does_not_read_is_not_read(text in "[{}\\[\\]\",:0-9a-e\\\\untrufls .-]{0,24}") {
        let ours = Value::parse("document", text.as_bytes());
        match serde_json::from_str::<Tree>(&text) {
            Ok(_) => match ours {
                Ok(_) => {}
                Err(error) => prop_assert_eq!(error.fault, FieldFault::Twice),
            },
            // Half a surrogate pair is told where the text is asked for.
            Err(error) if error.to_string().contains("surrogate") || error.to_string().contains("hex escape") => {}
            Err(_) => prop_assert!(ours.is_err(), "{}", text),
        }
    }
}

fn fault_in(text: &str) -> (String, FieldFault) {
    let error = Value::parse("document", text.as_bytes())
        .err()
        .expect("it is refused");
    (error.path, error.fault)
}

#[test]
fn equal_names_are_found_wherever_they_are() {
    let many: String = (0..40).map(|index| format!("\"n{index}\":0,")).collect();
    for (text, path) in [
        (r#"{"a":1,"b":2,"a":3}"#.to_owned(), "a"),
        (r#"{"a":{"b":[0,{"c":1,"c":2}]}}"#.to_owned(), "a.b[1].c"),
        (r#"{"a":1,"\u0061":2}"#.to_owned(), "a"),
        (r#"[[],[{"x":"\"","x":1}]]"#.to_owned(), "[1][0].x"),
        (format!("{{{many}\"n0\":1}}"), "n0"),
        (format!("{{{many}\"n39\":1}}"), "n39"),
        (format!("{{{many}\"n20\":1}}"), "n20"),
    ] {
        assert_eq!(
            fault_in(&text),
            (path.to_owned(), FieldFault::Twice),
            "{text}"
        );
    }
    // The same name in two objects is none.
    assert!(Value::parse("document", br#"[{"a":{"a":"a"}},{"a":1}]"#).is_ok());
}

#[test]
fn values_and_brackets_are_counted() {
    let list = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
    assert!(Value::parse("document", list(MAX_VALUES).as_bytes()).is_ok());
    assert_eq!(fault_in(&list(MAX_VALUES + 1)).1, FieldFault::TooMany);
    assert!(Value::parse_list("document", list(MAX_VALUES + 1).as_bytes()).is_ok());

    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Value::parse("document", nested(64).as_bytes()).is_ok());
    assert_eq!(fault_in(&nested(65)).1, FieldFault::TooDeep);
    // No stack is as deep as this.
    assert_eq!(fault_in(&nested(30_000)).1, FieldFault::TooDeep);
}

#[test]
fn the_place_of_what_is_no_json_is_told() {
    for (text, line, column) in [
        (&b"{\n  \"a\": nux\n}"[..], 2, 10),
        (b"{\"a\":1} x", 1, 9),
        (b"", 1, 0),
        (b"[1,\n2,\n\"\xff\"]", 3, 2),
    ] {
        let error = Value::parse("document", text).err().unwrap();
        assert_eq!(
            error.fault,
            FieldFault::NotJson { line, column },
            "{text:?}"
        );
    }
    let mut values = Value::parse_all("document", "place", "{} {\"a\":{\"b\":1,\"b\":2}} {]");
    assert!(values.next().unwrap().is_ok());
    let error = values.next().unwrap().err().unwrap();
    assert_eq!(
        (error.path.as_str(), error.fault),
        ("place.a.b", FieldFault::Twice)
    );
    let error = values.next().unwrap().err().unwrap();
    assert_eq!(error.path, "place");
    assert!(matches!(error.fault, FieldFault::NotJson { line: 1, .. }));
}

#[test]
fn half_a_pair_of_surrogates_is_no_text() {
    let value = Value::parse("document", br#"{"a":"\ud800","b":"\ud83d\ude00"}"#).unwrap();
    assert!(value.get("a").unwrap().text().is_err());
    assert_eq!(
        value.get("b").unwrap().text().unwrap().expose(),
        "\u{1f600}"
    );

    let error = Value::parse("document", br#"{"\ud800":1}"#).err().unwrap();
    assert_eq!(error.fault, FieldFault::Value("a broken escape".to_owned()));
}
