//! Links follow the pair: whoever links to one node of a pair links to both (product reference, section 4).

use std::collections::{BTreeMap, BTreeSet};

use super::{Resolved, texts};
use crate::spec::{Problems, Spec};
use crate::stack::{Edition, Gateway, Link, Name, Pair};

pub(super) fn expand(spec: &Spec, gateways: &[Resolved], pairs: &[Pair], problems: &mut Problems) -> Vec<Link> {
    // Looked up by name: a file may hold thousands of gateways and links.
    let by_name: BTreeMap<&str, &Gateway> = gateways.iter().map(|g| (g.gateway.name.as_str(), &g.gateway)).collect();
    let by_node: BTreeMap<&Name, &Pair> = pairs.iter().flat_map(|p| [(&p.master, p), (&p.backup, p)]).collect();
    let mut links: Vec<Link> = Vec::new();
    let mut seen: BTreeSet<Link> = BTreeSet::new();
    for (gateway, at) in gateways.iter().filter_map(|g| Some((g, g.at?))) {
        let from = &gateway.gateway.name;
        for (n, target) in spec.gateways[at].gan_outgoing.iter().enumerate() {
            if problems.is_full() {
                return links;
            }
            let path = format!("gateways[{at}].gan_outgoing[{n}]");
            let Some(to) = by_name.get(target.as_str()) else {
                problems.add(path, format!("there is no gateway {:?}", texts::cut(target)));
                continue;
            };
            let pair = by_node.get(&to.name);
            if &to.name == from {
                problems.add(path, "a gateway does not link to itself");
            } else if to.edition == Edition::Edge {
                problems.add(path, format!("{} runs Edge, a leaf edition that cannot be a link's target", to.name));
            } else if pair.is_some_and(|p| [&p.master, &p.backup].contains(&from)) {
                problems.add(path, "the nodes of a pair are linked by the pair itself");
            } else {
                let nodes = pair.map_or_else(|| vec![&to.name], |p| vec![&p.master, &p.backup]);
                for to in nodes {
                    let link = Link { from: from.clone(), to: to.clone() };
                    if seen.insert(link.clone()) {
                        links.push(link);
                    }
                }
            }
        }
    }
    links
}
