//! The guides of the sample stack, and text that could break out of them.

use proptest::prelude::*;

use super::*;
use crate::render::fixture;

#[test]
fn golden_post_setup() {
    insta::assert_snapshot!(post_setup(&fixture::stack(), &fixture::blueprint()).unwrap());
}

#[test]
fn golden_readme() {
    insta::assert_snapshot!(readme(&fixture::stack(), &fixture::blueprint()).unwrap());
}

#[test]
fn a_simulated_stack_says_so_in_both() {
    let mut stack = fixture::stack();
    let real = [post_setup(&stack, &fixture::blueprint()), readme(&stack, &fixture::blueprint())];
    assert!(real.iter().flatten().all(|text| !text.contains("SIMULATED")));
    stack.image = crate::catalog::image::simulated("8.3.9");
    let simulated = [post_setup(&stack, &fixture::blueprint()), readme(&stack, &fixture::blueprint())];
    assert!(simulated.iter().all(|text| text.as_ref().unwrap().contains("SIMULATED")));
}

#[test]
fn over_tls_it_is_no_demonstration_and_the_keys_are_told() {
    let mut stack = fixture::stack();
    stack.transport = Transport::Tls;
    let text = post_setup(&stack, &fixture::blueprint()).unwrap() + &readme(&stack, &fixture::blueprint()).unwrap();
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
    let text = post_setup(&stack, &fixture::blueprint()).unwrap();
    for absent in ["Demonstration", "## Each redundant pair", "## Each gateway-network link"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn a_database_without_a_seeded_connection_is_left_to_do_by_hand() {
    let mut blueprint = fixture::blueprint();
    blueprint.containers.iter_mut().for_each(|c| c.seeds.retain(|s| !s.path.contains("database-connection")));
    let text = post_setup(&fixture::stack(), &blueprint).unwrap();
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
        assert_eq!(address(bind.parse().unwrap(), 9088), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn a_code_span_is_one_line_and_longer_fences_than_its_text(text in "[ -~`|\n\r\t\u{1b}]{1,30}") {
        let span = code_span(&text);
        prop_assert!(!span.contains(char::is_control));
        let fence = span.len() - span.trim_start_matches('`').len();
        let inner = span[fence..span.len() - fence].to_owned();
        prop_assert!(!inner.contains(&"`".repeat(fence)));
        prop_assert!(!inner.replace("\\|", "").contains('|'));
    }
}
