//! Words that do not fit are refused with the reason and what is known.

use super::{Choice, build};
use crate::stack::Architecture::{self, Basic, HubAndSpoke, ScaleOut};

fn refusal(choice: &Choice) -> String {
    build(choice).unwrap_err().to_string()
}

#[test]
fn a_flag_of_another_architecture_is_an_error_that_says_so() {
    let of = |a: Architecture| Choice::of("demo", a);
    let table = [
        (Choice { frontends: Some(2), ..of(Basic) }, "--frontends: is for scale-out, and this stack is basic"),
        (
            Choice { frontends: Some(2), ..of(HubAndSpoke) },
            "--frontends: is for scale-out, and this stack is hub-and-spoke",
        ),
        (Choice { spokes: Some(0), ..of(ScaleOut) }, "--spokes: is for hub-and-spoke, and this stack is scale-out"),
        (Choice { network_split: Some(false), ..of(Basic) }, "--network-split: is for several gateways"),
        (Choice { frontends: Some(0), ..of(ScaleOut) }, "--frontends: at least 1"),
        (Choice { spokes: Some(u32::MAX), ..of(HubAndSpoke) }, "--base-port: ports from 9088 to"),
        (
            Choice { base_port: Some(65_535), redundant: Some("gateway".into()), ..of(Basic) },
            "--base-port: ports from 65535 to 65536",
        ),
        (Choice { base_port: Some(0), ..of(Basic) }, "--base-port: 0 is not a port"),
    ];
    for (choice, expected) in table {
        let told = refusal(&choice);
        assert!(told.contains(expected), "wanted {expected:?} in {told:?}");
    }
}

#[test]
fn edge_and_redundancy_name_the_reason_and_the_known_roles() {
    let edge = |a, word: &str| refusal(&Choice { edge_role: Some(word.into()), ..Choice::of("demo", a) });
    assert!(edge(ScaleOut, "backend").contains("leaf edition"));
    assert!(edge(HubAndSpoke, "hub").contains("leaf edition"));
    assert!(edge(HubAndSpoke, "frontend").contains("known: spoke, none"));
    assert!(edge(Basic, "backend").contains("known: gateway, none"));
    let redundant = |a, word: &str| refusal(&Choice { redundant: Some(word.into()), ..Choice::of("demo", a) });
    for word in ["frontend", "frontend-1", "frontend-12"] {
        assert!(redundant(ScaleOut, word).contains("a frontend scales out instead"), "{word}");
    }
    assert!(redundant(HubAndSpoke, "spoke-3").contains("a spoke scales out instead"));
    assert!(redundant(Basic, "hub").contains("basic has no role \"hub\"; known: gateway, none"));
}
