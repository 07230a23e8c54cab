//! The guides of the sample stack, and text that could break out of them.

use proptest::prelude::*;

use super::*;
use crate::render::fixture;

#[test]
fn golden_post_setup() {
    insta::assert_snapshot!(post_setup(&fixture::stack(), &fixture::blueprint(), None).unwrap());
}

#[test]
fn golden_readme() {
    insta::assert_snapshot!(readme(&fixture::stack(), &fixture::blueprint(), None).unwrap());
}

#[test]
fn a_simulated_stack_says_so_in_both() {
    let mut stack = fixture::stack();
    let real = [post_setup(&stack, &fixture::blueprint(), None), readme(&stack, &fixture::blueprint(), None)];
    assert!(real.iter().flatten().all(|text| !text.contains("SIMULATED")));
    stack.image = crate::catalog::image::simulated("8.3.9");
    let simulated = [post_setup(&stack, &fixture::blueprint(), None), readme(&stack, &fixture::blueprint(), None)];
    assert!(simulated.iter().all(|text| text.as_ref().unwrap().contains("SIMULATED")));
}

#[test]
fn over_tls_it_is_no_demonstration_and_the_keys_are_told() {
    let mut stack = fixture::stack();
    stack.transport = Transport::Tls;
    let text = post_setup(&stack, &fixture::blueprint(), None).unwrap()
        + &readme(&stack, &fixture::blueprint(), None).unwrap();
    for absent in ["emonstration", "8088, must", "without encryption"] {
        assert!(!text.contains(absent), "{absent}");
    }
    for present in ["port 8060", "gateway-network-ca.key", "`metro-key`", "no connection left to\napprove"] {
        assert!(text.contains(present), "{present}");
    }
}

#[test]
fn a_single_gateway_has_no_links_no_pairs_and_no_demonstration_note() {
    let mut stack = fixture::stack();
    stack.links.clear();
    stack.pairs.clear();
    let text = post_setup(&stack, &fixture::blueprint(), None).unwrap();
    for absent in ["Demonstration", "## Each redundant pair", "## Each gateway-network link"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn a_database_without_a_seeded_connection_is_left_to_do_by_hand() {
    let mut blueprint = fixture::blueprint();
    blueprint.containers.iter_mut().for_each(|c| c.seeds.retain(|s| !s.path.contains("database-connection")));
    let text = post_setup(&fixture::stack(), &blueprint, None).unwrap();
    assert!(text.contains("make a connection to db (`postgres`): host `db`"));
}

#[test]
fn addresses_are_what_a_browser_takes() {
    for (bind, expected) in [
        ("127.0.0.1", "http://localhost:9088"),
        ("0.0.0.0", "http://localhost:9088"),
        ("192.0.2.7", "http://192.0.2.7:9088"),
        ("2001:db8::1", "http://[2001:db8::1]:9088"),
        ("::1", "http://[::1]:9088"),
    ] {
        let stack = Stack { bind_address: bind.parse().unwrap(), ..fixture::stack() };
        let address = Place { stack: &stack, engine_host: None }.authority(9088);
        assert_eq!(format!("http://{address}"), expected);
    }
}

/// The text of a code span in a table's cell, as `CommonMark` and GitHub's tables have it; nothing when it is no such span.
fn read_span(span: &str) -> Option<String> {
    let fence = span.len() - span.trim_start_matches('`').len();
    let inner = span.get(fence..)?;
    // It ends at the first run of backticks that is as long as the one it began with.
    let mut rest = inner;
    let end = loop {
        let start = rest.find('`')?;
        let run = rest.len() - start - rest[start..].trim_start_matches('`').len();
        if run == fence {
            break inner.len() - rest.len() + start;
        }
        rest = &rest[start + run..];
    };
    if end + fence != inner.len() {
        return None;
    }
    let text = inner[..end].replace("\\|", "|");
    let padded = text.strip_prefix(' ').and_then(|text| text.strip_suffix(' '));
    Some(padded.filter(|text| !text.trim_matches(' ').is_empty()).unwrap_or(&text).to_owned())
}

/// What a template says about a stack whose free texts are marked, cut at the marks: the fixed text between them.
fn fixed_parts(render: fn(&Stack, &Blueprint, Option<&str>) -> Result<String, RenderError>) -> Vec<String> {
    let (mut stack, mut blueprint) = (fixture::stack(), fixture::blueprint());
    stack.image = "IMAGE".to_owned();
    stack.admin_username = "ADMIN".to_owned();
    blueprint.containers[0].image = "SERVICE".to_owned();
    let text = render(&stack, &blueprint, None).unwrap();
    let text = text.replace("`IMAGE`", "\0image\0").replace("`ADMIN`", "\0admin\0").replace("`SERVICE`", "\0service\0");
    text.split('\0').map(str::to_owned).collect()
}

/// The texts that stand where the marks stood; nothing when the document has another shape.
fn free_texts<'a>(mut document: &'a str, parts: &[String]) -> Option<Vec<(String, &'a str)>> {
    let mut found = Vec::new();
    for (fixed, mark) in parts.iter().step_by(2).zip(parts.iter().skip(1).step_by(2)) {
        document = document.strip_prefix(fixed.as_str())?;
        let line = document.find('\n')?;
        let next = parts[2 * found.len() + 2].split('\n').next()?;
        let end = document[..line].len().checked_sub(next.len()).filter(|_| document[..line].ends_with(next))?;
        found.push((mark.clone(), &document[..end]));
        document = &document[end..];
    }
    (document == parts.last()?).then_some(found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
    #[test]
    fn a_code_span_is_read_back(text in "[ -~`|\n\r\t\u{1b}ä\u{1F600}]{1,30}") {
        let span = code_span(&text);
        prop_assert!(!span.contains(char::is_control));
        let shown: String = text.chars().map(|c| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() }).collect();
        prop_assert_eq!(read_span(&span), Some(shown));
        prop_assert!(!span.replace("\\|", "").contains('|'), "a cell ends in it");
    }

    #[test]
    fn no_text_breaks_out_of_a_guide(admin in "[ -~`|\n<>\\[\\]#*_ä]{1,16}", image in "[a-z0-9`|./:@_-]{1,16}", service in "[a-z0-9`|./:@_-]{1,16}") {
        thread_local!(static SAMPLE: (Stack, Blueprint, [Vec<String>; 2]) =
            (fixture::stack(), fixture::blueprint(), [fixed_parts(post_setup), fixed_parts(readme)]));
        SAMPLE.with(|(stack, blueprint, parts)| {
            let (mut stack, mut blueprint) = (stack.clone(), blueprint.clone());
            stack.admin_username.clone_from(&admin);
            stack.image.clone_from(&image);
            blueprint.containers[0].image.clone_from(&service);
            let admin = admin.replace('\n', "\\u{a}");
            for (text, parts) in [post_setup(&stack, &blueprint, None), readme(&stack, &blueprint, None)].into_iter().zip(parts) {
                let text = text.unwrap();
                let found = free_texts(&text, parts);
                prop_assert!(found.as_ref().is_some_and(|found| !found.is_empty()), "{}", text);
                for (mark, span) in found.unwrap() {
                    let given = match mark.as_str() {
                        "admin" => &admin,
                        "image" => &image,
                        _ => &service,
                    };
                    let read = read_span(span);
                    prop_assert_eq!(read.as_ref(), Some(given));
                }
            }
            Ok(())
        })?;
    }
}

/// What is open on every address of another machine is there, and what is open on one address at that.
#[test]
fn addresses_are_those_of_the_engines_host() {
    let table = [
        ("0.0.0.0", Some("10.0.0.7"), "http://10.0.0.7:9088"),
        ("::", Some("fd00::7"), "http://[fd00::7]:9088"),
        ("0.0.0.0", None, "http://localhost:9088"),
        ("10.0.0.8", Some("10.0.0.7"), "http://10.0.0.8:9088"),
        // Reached from there alone.
        ("127.0.0.1", Some("10.0.0.7"), "http://localhost:9088"),
    ];
    for (bind, host, address) in table {
        let stack = Stack { bind_address: bind.parse().unwrap(), ..fixture::stack() };
        for text in [post_setup(&stack, &fixture::blueprint(), host), readme(&stack, &fixture::blueprint(), host)] {
            let text = text.unwrap();
            assert!(text.contains(&format!("| {address} |")), "{bind} {host:?}: {text}");
            assert_eq!(text.contains("http://localhost"), address.contains("localhost"), "{bind} {host:?}: {text}");
        }
        let named = post_setup(&stack, &fixture::blueprint(), host).unwrap();
        assert_eq!(named.contains("the engine's host"), host.is_some(), "{named}");
    }
}
