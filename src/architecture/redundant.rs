//! `--redundant` on a spec that is there already: its gateway of that role becomes the master of a pair.

use crate::spec::{PairMode, Problems, RedundancySpec, Spec};
use crate::stack::Role;

/// Makes the gateway of a role redundant. One that is in a pair already stays as it is.
pub fn make_redundant(spec: &mut Spec, word: &str) -> Result<(), Problems> {
    let refused = |why: String| Err(Problems::one("--redundant", why));
    let mut there: Vec<Role> = Vec::new();
    for gateway in &spec.gateways {
        if !there.contains(&gateway.role) {
            there.push(gateway.role);
        }
    }
    let Some(role) = there.iter().copied().find(|role| role.word() == word) else {
        let words: Vec<_> = there.iter().map(|role| role.word()).collect();
        return refused(format!("no gateway has the role {word:?}; it has: {}", words.join(", ")));
    };
    let known = spec.architecture.redundant_role();
    if role != known {
        return refused(format!(
            "a {role} scales out instead: redundancy is a master and one backup, not N-way; known: {known}"
        ));
    }
    let mut of_role: Vec<_> = spec.gateways.iter_mut().filter(|gateway| gateway.role == role).collect();
    if of_role.iter().any(|gateway| gateway.redundancy.is_some()) {
        return Ok(());
    }
    match of_role.as_mut_slice() {
        [one] => {
            one.redundancy = Some(RedundancySpec { mode: PairMode::Master, peer: None, gan_port: None });
            Ok(())
        }
        many => {
            let names: Vec<_> = many.iter().map(|gateway| gateway.name.as_str()).collect();
            refused(format!(
                "{} gateways have the role {role} ({}): say in the configuration which one, with redundancy: {{mode: master}}",
                names.len(),
                names.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Choice, build};
    use crate::stack::{Architecture, resolve};

    fn spec(redundant: Option<&str>) -> Spec {
        let choice = Choice {
            redundant: redundant.map(str::to_owned),
            stack_id: Some(uuid::Uuid::from_u128(1)),
            ..Choice::of("demo", Architecture::ScaleOut)
        };
        build(&choice).unwrap()
    }

    #[test]
    fn the_result_is_the_one_of_the_flag_and_a_pair_stays_as_it_is() {
        let mut made = spec(None);
        make_redundant(&mut made, "backend").unwrap();
        assert_eq!(resolve(&made).unwrap(), resolve(&spec(Some("backend"))).unwrap());
        let pair = resolve(&made).unwrap().dump();
        let mut again = pair.clone();
        make_redundant(&mut again, "backend").unwrap();
        assert_eq!(again, pair);
    }

    #[test]
    fn other_roles_are_refused_with_those_that_there_are() {
        let told = |word: &str| make_redundant(&mut spec(None), word).unwrap_err().to_string();
        assert!(told("hub").contains("it has: frontend, backend"));
        assert!(told("frontend").contains("scales out instead"));
        let mut two = spec(None);
        let mut second = two.gateways[1].clone();
        second.name = "other".to_owned();
        two.gateways.push(second);
        assert!(make_redundant(&mut two, "backend").unwrap_err().to_string().contains("(backend, other)"));
    }
}
