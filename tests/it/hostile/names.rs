//! Names on the command line and in a file.

use super::Case;

/// Texts that are no names; each becomes a directory, a host name and a volume where it is taken.
fn bad() -> Vec<String> {
    let texts = [
        "",
        " ",
        "A",
        "Demo",
        "1a",
        "a_b",
        "a.b",
        "a/b",
        "../a",
        "/etc",
        "..",
        ".",
        "a\n",
        "a\nb",
        "a\t",
        "a b",
        "ä",
        "é",
        "\u{430}bc",
        "a\u{202e}b",
        "a\u{200b}",
        "\u{1b}[31mred",
        "a\u{1b}]52;c;aGk=\u{7}",
        "a;rm",
        "$(id)",
        "`id`",
        "a'b",
        "a\"b",
        "a\\b",
        "a:b",
        "a*",
        "~",
        "a#",
        "%2e%2e",
        "a@b",
        "\u{ff41}",
        "a\u{301}",
        "😀",
        "a\r",
        "a\u{85}",
        "a,b",
        "a${HOME}",
    ];
    texts.into_iter().map(str::to_owned).chain(["a".repeat(32), "a".repeat(300), "a".repeat(100_000)]).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let rule = "is not a valid name";
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut cases = Vec::new();
    for text in bad() {
        cases.push(Case::flags(&["create", &text, "--arch", "basic"], rule));
        let gateway = format!("{{name: {}, role: gateway, http_port: 9088}}", quoted(&text));
        let file = format!("version: 1\nname: demo\narchitecture: basic\ngateways:\n  - {gateway}\n");
        cases.push(Case::file(file, "gateways[0].name", rule));
        let file = format!(
            "version: 1\nname: demo\narchitecture: basic\ngateways:\n  - {{name: a, role: gateway, http_port: 1}}\nservice_instances:\n  - {{id: {}, service: postgres}}\n",
            quoted(&text)
        );
        cases.push(Case::file(file, "service_instances[0].id", rule));
    }
    cases
}
