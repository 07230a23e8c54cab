//! `--redundant` on a spec that is there already: its gateway of that role becomes the master of a pair, or its pairs are no more.

use crate::spec::{PairMode, Problems, RedundancySpec, Spec};
use crate::stack::Role;

/// The word for no pair.
pub(super) const NO_PAIR: &str = "none";

/// Makes the gateway of a role redundant. One that is in a pair already stays as it is. `none`: masters become single gateways, and
/// their backups go.
pub fn make_redundant(spec: &mut Spec, word: &str) -> Result<(), Problems> {
    if word == NO_PAIR {
        unpair(spec);
        return Ok(());
    }
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
            "a {role} scales out instead: redundancy is a master and one backup, not N-way; known: {known}, {NO_PAIR}"
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

/// Takes every backup away. Whoever links to one of them links to its master instead.
fn unpair(spec: &mut Spec) {
    let is_backup = |redundancy: &RedundancySpec| redundancy.mode == PairMode::Backup;
    let backups: Vec<(String, Option<String>)> = spec
        .gateways
        .iter()
        .filter_map(|g| Some((g.name.clone(), g.redundancy.as_ref().filter(|r| is_backup(r))?.peer.clone())))
        .collect();
    spec.gateways.retain(|gateway| gateway.redundancy.as_ref().is_none_or(|r| !is_backup(r)));
    for gateway in &mut spec.gateways {
        gateway.redundancy = None;
        let mut targets: Vec<String> = Vec::new();
        for target in std::mem::take(&mut gateway.gan_outgoing) {
            let gone = backups.iter().find(|(backup, _)| *backup == target);
            let target = gone.and_then(|(_, master)| master.clone()).unwrap_or(target);
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        gateway.gan_outgoing = targets;
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
    fn none_undoes_a_pair_whether_its_backup_is_named_or_not() {
        let single = resolve(&spec(None)).unwrap();
        let dumped = resolve(&spec(Some("backend"))).unwrap().dump();
        let mut to_the_backup = dumped.clone();
        to_the_backup.gateways[0].gan_outgoing = vec!["backend-backup".to_owned()];
        for mut paired in [spec(None), spec(Some("backend")), dumped, to_the_backup] {
            make_redundant(&mut paired, "none").unwrap();
            assert_eq!(resolve(&paired).unwrap(), single);
        }
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
