//! Texts that are no configuration at all: bombs, broken syntax, and what a reader could be led astray by.

use std::fmt::Write as _;

use super::Case;

pub(super) fn cases() -> Vec<Case> {
    let name = "stack.yaml";
    let deep = "64 levels";
    let many = "it holds more";
    let mut cases = vec![
        Case::file("[".repeat(100_000), name, deep),
        Case::file("{a: ".repeat(100_000), name, deep),
        Case::file("{\"a\":".repeat(100_000), name, deep),
        Case::file("- ".repeat(100_000), name, deep),
        Case::file(nested(65), name, deep),
        Case::file(nested(5_000), name, deep),
        Case::file(format!("[{}]", "[],".repeat(200_000)), name, many),
        Case::file(format!("[{}]", "1,".repeat(400_000)), name, many),
        Case::file(format!("a: [{}]", "{},".repeat(200_000)), name, many),
        Case::file(alias_bomb("[", "]"), name, many),
        Case::file(merge_bomb(), name, ""),
        Case::file(format!("a: &a x\nb: [{}]", "*a,".repeat(100_000)), name, many),
        Case::file(anchors(20_000), name, many),
        Case::file("x".repeat((1 << 20) + 1), name, "larger than 1048576 bytes"),
        Case::file(vec![b' '; 8 << 20], name, "larger than 1048576 bytes"),
        Case::file(format!("name: {}", "x".repeat((1 << 20) - 6)), "name", ""),
        Case::file(format!("name: \"{}\"", "\\u00e4".repeat(170_000)), "name", ""),
        Case::file(format!("{}: 1", "k".repeat(1_000)), "kkkk...", "no such key"),
        Case::file(format!("{}: 1", "k".repeat(900_000)), name, ""),
        Case::file((0..20_000).fold(String::new(), |t, i| t + &format!("k{i}: 1\n")), "k0", "and 8"),
        Case::file(format!("# {}\n", "c".repeat(1_000_000)), name, ""),
        Case::file("", name, "is empty"),
        Case::file("\n\n# nothing\n", name, ""),
        Case::file("null", name, "is empty"),
        Case::file("text", name, "a mapping of keys is wanted"),
        Case::file("[]", name, "a mapping of keys is wanted"),
        Case::file("1", name, "a mapping of keys is wanted"),
        Case::file("a: 1\n---\nb: 2\n", name, "several documents"),
        Case::file("name: a\nname: b\n", "[stack.yaml:2:1]", "stands twice"),
        Case::file("{\"name\": \"a\", \"name\": \"b\"}", "[stack.yaml:1:15]", "stands twice"),
        Case::file("{\"name\": \"a\", \"n\\u0061me\": \"b\"}", name, "stands twice"),
        Case::file("gateways: [{name: a, name: b}]", name, "stands twice"),
        Case::file(b"name: \xff\xfe".to_vec(), name, "not UTF-8"),
        Case::file(b"\xff\xfen\0a\0m\0e\0".to_vec(), name, "not UTF-8"),
        Case::file(b"name: a\0b".to_vec(), name, ""),
        Case::file("name: \"\\ud800\"", name, ""),
        Case::file("name: \u{1b}[31m", name, ""),
        Case::file("\u{202e}eman: demo", name, ""),
        Case::file("\"\\e]52;c;aGk=\\a\": 1", name, "no such key"),
        Case::file("%YAML 9.9\n---\nname: a", name, ""),
        Case::file("%TAG ! tag:evil,2000:\n---\nname: !x a", name, ""),
        Case::file("name: !!python/object/apply:os.system [id]", name, ""),
        Case::file("name: !include /etc/passwd", name, ""),
        Case::file("name: !!binary AAAA", name, ""),
        Case::file("name: *ghost", name, ""),
        Case::file("name: &a [*a]", name, ""),
        Case::file("version: 1\n<<: {name: a}\n", name, "is missing"),
        Case::file("? [a]\n: b", name, ""),
        Case::file("name: [", name, ""),
        Case::file("name: {", name, ""),
        Case::file("name: 'x", name, ""),
        Case::file("name: \"x", name, ""),
        Case::file("name: a: b", name, ""),
        Case::file("name: a\n  gateways: []", name, ""),
        Case::file("name: |2\n x", name, ""),
        Case::file("- a\nname: b", name, ""),
        Case::file("{\"name\": \"a\",, }", name, ""),
        Case::file("{'name': }", name, ""),
        Case::file("PK\u{3}\u{4}", name, ""),
        Case::file("#!/bin/sh\nid\n", name, "a mapping of keys is wanted"),
        Case::file("<?xml version=\"1.0\"?><a/>", name, ""),
    ];
    for key in ["constructor", "__proto__", "version\u{200b}", "Name", "name ", "gateways[0]", "a.b"] {
        let text = format!("version: 1\nname: demo\narchitecture: basic\ngateways: []\n\"{key}\": x\n");
        cases.push(Case::file(text, "[stack.yaml:5:1]", "no such key here"));
    }
    cases
}

fn nested(depth: usize) -> String {
    (0..depth)
        .fold(String::new(), |mut text, level| {
            let _ = writeln!(text, "{}a:", " ".repeat(level.min(10_000)));
            text
        })
        .chars()
        .take(1 << 20)
        .collect()
}

/// Nine lists of nine of the one before: 9^9 values.
fn alias_bomb(open: &str, close: &str) -> String {
    let mut text = format!("a: &a {open}x,x,x,x,x,x,x,x,x{close}\n");
    for (from, to) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        let list = vec![format!("*{from}"); 9].join(",");
        let _ = writeln!(text, "{to}: &{to} {open}{list}{close}");
    }
    text
}

/// The same through merge keys.
fn merge_bomb() -> String {
    let mut text = String::from("a: &a {k0: 1, k1: 1, k2: 1}\n");
    for (from, to) in "abcdefghijklmnopqrs".chars().zip("bcdefghijklmnopqrst".chars()) {
        let list = vec![format!("*{from}"); 200].join(",");
        let _ = writeln!(text, "{to}: &{to} {{<<: [{list}]}}");
    }
    text
}

fn anchors(count: usize) -> String {
    let mut text = String::from("a:\n");
    for i in 0..count {
        let _ = writeln!(text, "  - &x{i} 1");
    }
    text
}
