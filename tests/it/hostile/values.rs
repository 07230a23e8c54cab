//! Numbers, words and texts of every key: of the wrong kind, out of range, or of a shape that breaks a rule.

use super::Case;

/// A good file in which one line of a gateway, or one at the top, is replaced.
fn gateway(line: &str) -> String {
    let port = if line.starts_with("http_port") { "" } else { "    http_port: 9088\n" };
    format!(
        "version: 1\nname: demo\narchitecture: basic\ngateways:\n  - name: a\n    role: gateway\n{port}    {line}\n"
    )
}

fn top(line: &str) -> String {
    let good = [("version", "version: 1"), ("name", "name: demo"), ("architecture", "architecture: basic")];
    let kept: String =
        good.iter().filter(|(key, _)| !line.starts_with(key)).fold(String::new(), |kept, (_, line)| kept + line + "\n");
    let gateways =
        if line.starts_with("gateways") { "" } else { "gateways: [{name: a, role: gateway, http_port: 1}]\n" };
    format!("{kept}{gateways}{line}\n")
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    kinds(&mut cases);
    numbers(&mut cases);
    texts(&mut cases);
    environment(&mut cases);
    flags(&mut cases);
    cases
}

/// Every key with a value of a kind that it does not take.
fn kinds(cases: &mut Vec<Case>) {
    for key in [
        "name",
        "stack_id",
        "architecture",
        "ignition_image",
        "timezone",
        "admin_username",
        "gateway_network",
        "bind_address",
    ] {
        for value in ["[1]", "{a: 1}", "1.5", "true"] {
            cases.push(Case::file(top(&format!("{key}: {value}")), &format!("{key}: is "), "text is wanted"));
        }
    }
    for key in ["gateways", "service_instances"] {
        for value in ["1", "text", "{a: 1}"] {
            cases.push(Case::file(top(&format!("{key}: {value}")), &format!("{key}: is "), "a list is wanted"));
        }
        cases.push(Case::file(top(&format!("{key}: [1]")), &format!("{key}[0]: is "), "a mapping of keys is wanted"));
    }
    for value in ["1", "text", "[]", "'true'"] {
        cases.push(Case::file(
            top(&format!("network_split: {value}")),
            "network_split: is ",
            "true or false is wanted",
        ));
    }
    for key in ["networks", "modules", "disable_builtins", "services", "gan_outgoing"] {
        cases.push(Case::file(
            gateway(&format!("{key}: x")),
            &format!("gateways[0].{key}: is text"),
            "a list is wanted",
        ));
        cases.push(Case::file(
            gateway(&format!("{key}: [[]]")),
            &format!("gateways[0].{key}[0]: is a list"),
            "is wanted",
        ));
    }
    for key in ["env", "redundancy"] {
        cases.push(Case::file(
            gateway(&format!("{key}: x")),
            &format!("gateways[0].{key}: is text"),
            "a mapping of keys",
        ));
    }
}

fn numbers(cases: &mut Vec<Case>) {
    for value in ["-1", "'9088'", "9088.5", "true", "[]", "{}", "4294967296", "99999999999999999999", "1_000"] {
        cases.push(Case::file(gateway(&format!("http_port: {value}")), "gateways[0].http_port", "a whole number"));
        cases.push(Case::file(gateway(&format!("memory_mb: {value}")), "gateways[0].memory_mb", "a whole number"));
    }
    for value in ["0", "65536", "4294967295"] {
        cases.push(Case::file(
            gateway(&format!("http_port: {value}")),
            "gateways[0].http_port",
            "is not a port (1 to 65535)",
        ));
        let redundancy = format!("redundancy: {{mode: master, gan_port: {value}}}");
        cases.push(Case::file(gateway(&redundancy), "gateways[0].redundancy.gan_port", "is not a port (1 to 65535)"));
    }
    for value in [".inf", "-.inf", ".nan"] {
        cases.push(Case::file(gateway(&format!("http_port: {value}")), "[stack.yaml:7:16]", "non-finite"));
    }
    for value in ["0", "255", "1048577"] {
        cases.push(Case::file(
            gateway(&format!("memory_mb: {value}")),
            "gateways[0].memory_mb",
            "is not between 256 and",
        ));
    }
    for value in ["0", "2", "4294967295"] {
        cases.push(Case::file(top(&format!("version: {value}")), "version", "reads version 1"));
    }
}

fn texts(cases: &mut Vec<Case>) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let long = "a".repeat(1_000);
    for text in
        ["Europe/Atlantis", "europe/berlin", "../UTC", "/etc/localtime", "UTC\n", "", ":UTC", "\u{1b}[2J", &long]
    {
        cases.push(Case::file(
            top(&format!("timezone: {}", quoted(text))),
            "timezone",
            "is not a time zone of the IANA",
        ));
    }
    for text in ["a b", "-rm", "--privileged", "", "a\nb", "a;b", "$(id)", "ä", "/a", "\u{202e}a", &long] {
        let line = format!("ignition_image: {}", quoted(text));
        cases.push(Case::file(top(&line), "ignition_image", "is not an image reference"));
    }
    for text in ["", "  ", "a\nb", "\u{1b}]0;x\u{7}", "a\u{1b}c", &long] {
        cases.push(Case::file(
            top(&format!("admin_username: {}", quoted(text))),
            "admin_username",
            "1 to 64 characters",
        ));
    }
    for text in ["localhost", "256.0.0.1", "1.2.3", "::g", "", "0.0.0.0:80", "127.0.0.1\n", "127.1", &long] {
        cases.push(Case::file(top(&format!("bind_address: {}", quoted(text))), "bind_address", "is not an IP address"));
    }
    for text in ["", "x", "00000000-0000-0000-0000-00000000000g", &long] {
        cases.push(Case::file(top(&format!("stack_id: {}", quoted(text))), "stack_id", "is not a UUID"));
    }
    for (key, word) in
        [("architecture", "star"), ("architecture", "Basic"), ("gateway_network", "tls1"), ("gateway_network", "")]
    {
        cases.push(Case::file(top(&format!("{key}: {}", quoted(word))), key, "is not known"));
    }
    for (key, word) in [("ignition_edition", "maker"), ("ignition_edition", "Edge"), ("networks", "host")] {
        let value = if key == "networks" { format!("[{word}]") } else { word.to_owned() };
        cases.push(Case::file(gateway(&format!("{key}: {value}")), &format!("gateways[0].{key}"), "is not known"));
    }
}

fn environment(cases: &mut Vec<Case>) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let long = "A".repeat(129);
    for name in ["", "1A", "A-B", "A B", "A=B", "A\nB", "Ä", "A.B", "$A", "A\u{1b}", "\u{202e}A", &long] {
        let line = format!("env: {{{}: x}}", quoted(name));
        cases.push(Case::file(gateway(&line), "gateways[0].env", "is not the name of an environment variable"));
    }
    for name in ["GATEWAY_ADMIN_PASSWORD", "GATEWAY_ADMIN_PASSWORD_FILE", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"]
    {
        cases.push(Case::file(gateway(&format!("env: {{{name}: x}}")), "gateways[0].env", "is a secret"));
    }
    cases.push(Case::file(gateway("env: {A: \"x\\u0000y\"}"), "gateways[0].env", "holds a NUL character"));
    for value in ["1", "true", "1.5", "[]", "{}", "null"] {
        cases.push(Case::file(gateway(&format!("env: {{A: {value}}}")), "gateways[0].env.A", "text is wanted"));
    }
}

fn flags(cases: &mut Vec<Case>) {
    for (flag, value, says) in [
        ("--base-port", "0", "--base-port"),
        ("--base-port", "65536", "--base-port"),
        ("--base-port", "-1", "-1"),
        ("--base-port", "many", "--base-port"),
        ("--base-port", "", "--base-port"),
        ("--memory", "1", "memory_mb"),
        ("--memory", "99999999999", "--memory"),
        ("--memory", "2G", "--memory"),
        ("--timezone", "Mars/Olympus", "timezone"),
        ("--timezone", "../../etc/passwd", "timezone"),
        ("--timezone", "\u{1b}[31m", "timezone"),
        ("--image", "", "ignition_image"),
        ("--image", "a b", "ignition_image"),
        ("--image", "ignition-stack/simulated-gateway:8.3.9", "reserved"),
        ("--ignition-version", "latest", "is not a version"),
        ("--ignition-version", "8.3.9;rm", "is not a version"),
        ("--ignition-version", "", "is not a version"),
        ("--bind-address", "localhost", "bind_address"),
        ("--bind-address", "0.0.0.0/0", "bind_address"),
        ("--admin-username", "", "admin_username"),
        ("--admin-username", "a\nb", "admin_username"),
        ("--redundant", "hub", "--redundant"),
        ("--redundant", "\u{202e}", "--redundant"),
        ("--edge-role", "king", "--edge-role"),
        ("--database", "oracle", "--database"),
        ("--frontends", "2", "--frontends"),
        ("--spokes", "-1", "-1"),
    ] {
        cases.push(Case::flags(&["create", "demo", "--arch", "basic", flag, value], says));
    }
    for (count, says) in [("100000", "65535"), ("4294967295", "65535"), ("4294967296", "--spokes"), ("9", "--force")] {
        let force = if count == "9" { "--no-progress" } else { "--force" };
        cases.push(Case::flags(&["create", "demo", "--arch", "hub-and-spoke", "--spokes", count, force], says));
    }
}
