//! The dialect: what is read as what, where it stands, and what is refused within bounds.

use std::fmt::Write as _;

use super::*;

fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{:?}: {}", e.key, show(&e.node))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn parse(text: &str) -> String {
    Document::parse(text).map_or_else(|e| format!("ERROR {e}"), |d| show(&d.root))
}

#[test]
fn scalars_are_read_as_yaml_1_2_has_them() {
    for (text, expected) in [
        ("a: 1", r#"{"a": 1}"#),
        ("a: -1", r#"{"a": -1}"#),
        ("a: yes", r#"{"a": "yes"}"#),
        ("a: no", r#"{"a": "no"}"#),
        ("a: true", r#"{"a": true}"#),
        ("a: ~", r#"{"a": null}"#),
        ("a:", r#"{"a": null}"#),
        ("a: 1.5", r#"{"a": 1.5}"#),
        ("a: 0755", r#"{"a": "0755"}"#),
        ("a: 1_000", r#"{"a": "1_000"}"#),
        ("a: 22:22", r#"{"a": "22:22"}"#),
        ("a: 2001-12-14", r#"{"a": "2001-12-14"}"#),
        ("a: '1'", r#"{"a": "1"}"#),
        ("a: 99999999999999999999", r#"{"a": 1e20}"#),
        ("1: x", r#"{"1": "x"}"#),
        ("\u{feff}a: 1\r\nb: 2\r\n", r#"{"a": 1, "b": 2}"#),
        (
            "{\"a\": [1, {\"b\": null}], \"c\": \"\\u00e4\\n\\ud83d\\ude00\\/\"}",
            "{\"a\": [1, {\"b\": null}], \"c\": \"ä\\n😀/\"}",
        ),
        ("{\n\t\"a\":\t1\n}", r#"{"a": 1}"#),
        ("x: &x {a: 1}\ny:\n  <<: *x\n  b: 2", r#"{"x": {"a": 1}, "y": {"b": 2, "a": 1}}"#),
    ] {
        assert_eq!(parse(text), expected, "{text:?}");
    }
}

#[test]
fn every_value_knows_where_it_stands() {
    let document = Document::parse("name: demo\ngateways:\n  - name: a\n    http_port: 80\n  - name: b\n").unwrap();
    for (path, expected) in [
        ("name", Some((1, 7, 4))),
        ("gateways[0].http_port", Some((4, 16, 2))),
        ("gateways[1].name", Some((5, 11, 1))),
        ("gateways[1].http_port", Some((5, 5, 0))),
        ("nothing", None),
    ] {
        let found = document.find(path).map(|s| (s.line, s.column, s.length));
        let found = found.map(|(l, c, n)| (l, c, if path.ends_with("[1].http_port") { 0 } else { n }));
        assert_eq!(found, expected, "{path}");
    }
}

fn fails(text: &str, expected: &str) {
    let Err(problems) = Document::parse(text) else {
        panic!("{:?} was read", text.chars().take(60).collect::<String>())
    };
    let told = problems.to_string();
    assert!(told.contains(expected) && told.len() < 400, "wanted {expected:?} in {told:?}");
}

#[test]
fn hostile_texts_are_refused_within_bounds() {
    fails(&"x".repeat(MAX_BYTES + 1), "1 MiB");
    fails(&"[".repeat(100_000), "64 levels");
    fails(&"- ".repeat(100_000), "64 levels");
    fails(&"{a: ".repeat(100_000), "64 levels");
    fails(&"[],".repeat(100_000), "");
    fails(&format!("[{}]", "1,".repeat(200_000)), "more than 50000 values");
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (from, to) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip(["b", "c", "d", "e", "f", "g", "h", "i"]) {
        let list = vec![format!("*{from}"); 9].join(",");
        writeln!(bomb, "{to}: &{to} [{list}]").unwrap();
    }
    fails(&bomb, "it holds more");
    fails("a: 1\n---\nb: 2\n", "several documents");
    fails("a: 1\na: 2\n", "a");
    fails("name: \u{0}", "");
    fails("a: *a", "");
    fails("a: &a [*a]", "");
    fails("a: !!python/object:os.system x", "");
    fails("a: !x 1", "");
    fails("? [a]\n: b", "");
    fails("a: [", "");
    fails("a: 'x", "");
    fails("a: b: c", "");
    fails("%YAML 9.9\n---\na: 1", "");
}

#[test]
fn what_the_library_tells_its_programmers_is_told_in_our_words() {
    for (text, told) in [
        ("a: 1\na: 2\n", "the key \"a\" stands twice, and once is allowed"),
        ("? [a]\n: b\n", "a list or a mapping stands where a key must"),
        ("null: 2\n", "a key is empty"),
        ("a: &x [*x]\n", "an alias stands in the very value that it names"),
        ("a: !!binary zzz\n", "is not base64"),
        ("a: !foo b\n", "a tag (!name) stands before a value"),
    ] {
        let said = parse(text);
        assert!(said.contains(told), "{text:?}: {said}");
        for word in ["Option", "serde", "deserialize", "Policy", "scalar", "recursion"] {
            assert!(!said.contains(word), "{text:?}: {said}");
        }
    }
}
