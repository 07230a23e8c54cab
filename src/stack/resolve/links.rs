//! Links follow the pair: whoever links to one node of a pair links to both (product reference, section 4).

use super::Resolved;
use crate::spec::{Problems, Spec};
use crate::stack::{Edition, Link, Name, Pair};

pub(super) fn expand(spec: &Spec, gateways: &[Resolved], pairs: &[Pair], problems: &mut Problems) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (gateway, at) in gateways.iter().filter_map(|g| Some((g, g.at?))) {
        let from = &gateway.gateway.name;
        for (n, target) in spec.gateways[at].gan_outgoing.iter().enumerate() {
            let path = format!("gateways[{at}].gan_outgoing[{n}]");
            let Some(to) = gateways.iter().map(|g| &g.gateway).find(|g| g.name.as_str() == target) else {
                problems.add(path, format!("there is no gateway {target:?}"));
                continue;
            };
            if &to.name == from {
                problems.add(path, "a gateway does not link to itself");
            } else if to.edition == Edition::Edge {
                problems.add(path, format!("{} runs Edge, a leaf edition that cannot be a link's target", to.name));
            } else if pairs.iter().any(|p| is_within(p, from, &to.name)) {
                problems.add(path, "the nodes of a pair are linked by the pair itself");
            } else {
                for to in both_nodes(&to.name, pairs) {
                    let link = Link { from: from.clone(), to };
                    if !links.contains(&link) {
                        links.push(link);
                    }
                }
            }
        }
    }
    links
}

fn is_within(pair: &Pair, one: &Name, other: &Name) -> bool {
    [&pair.master, &pair.backup].contains(&one) && [&pair.master, &pair.backup].contains(&other)
}

fn both_nodes(target: &Name, pairs: &[Pair]) -> Vec<Name> {
    pairs
        .iter()
        .find(|p| &p.master == target || &p.backup == target)
        .map_or_else(|| vec![target.clone()], |p| vec![p.master.clone(), p.backup.clone()])
}
