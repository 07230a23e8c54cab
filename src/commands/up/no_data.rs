//! Members that begin with no data while others of the stack have theirs: a volume that was taken away is told, not only made anew. And new
//! members that come back to the data of one that had their name.

use super::target::Target;
use crate::blueprint::{Blueprint, labels};
use crate::engine::docker::Observed;
use crate::stack::Name;

/// A note about the data volumes that are not there, when there are others of the stack; but for those of members that are told of.
pub(super) fn note(want: &Blueprint, observed: &Observed, told: &[Name]) -> Option<String> {
    let id = want.stack_id.to_string();
    let is_there = |name: &str| observed.volumes.iter().any(|seen| seen.name == name);
    let own = observed.volumes.iter().filter(|v| v.labels.get(labels::STACK_ID).is_some_and(|seen| *seen == id));
    if !own.into_iter().any(|seen| want.volumes.iter().any(|v| v.name == seen.name)) {
        return None;
    }
    let missing = want.volumes.iter().filter(|v| !is_there(&v.name) && !told.contains(&v.member));
    let missing: Vec<&str> = missing.map(|v| v.member.as_str()).collect();
    match missing[..] {
        [] => None,
        [one] => Some(format!("{one}: its data volume is not there: it begins with no data")),
        _ => Some(format!("{}: their data volumes are not there: they begin with no data", missing.join(", "))),
    }
}

/// A note for each member that the record did not name and whose volume is there.
pub(super) fn kept(target: &Target, observed: &Observed) -> Vec<String> {
    let Some(recorded) = &target.recorded else { return Vec::new() };
    let is_new = |name: &Name| recorded.gateway(name).is_none() && recorded.services.iter().all(|s| s.id != *name);
    let new = target.blueprint.volumes.iter().filter(|v| is_new(&v.member));
    let there = new.filter(|v| observed.volumes.iter().any(|seen| seen.name == v.name));
    there.map(|v| format!("{} comes back to its data: volume {} was kept", v.member, v.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::docker::plan_fixture::{complete, demo};

    #[test]
    fn a_volume_that_is_gone_is_told_when_others_are_there() {
        let want = demo();
        let mut have = complete(&want);
        assert_eq!(note(&want, &have, &[]), None);
        let gone = have.volumes.remove(1);
        let told = "gateway: its data volume is not there: it begins with no data";
        assert_eq!(note(&want, &have, &[]).as_deref(), Some(told));
        let mut more = want.clone();
        more.volumes.push(crate::blueprint::Volume { name: "demo_late-data".to_owned(), ..want.volumes[1].clone() });
        more.volumes[2].member = crate::stack::Name::parse("late").unwrap();
        let told = "gateway, late: their data volumes are not there: they begin with no data";
        assert_eq!(note(&more, &have, &[]).as_deref(), Some(told));
        // None at all: a first start, or one after all data was taken away.
        have.volumes.clear();
        assert_eq!(note(&want, &have, &[]), None);
        // Another stack's of the same name is none of it.
        have.volumes.push(gone);
        have.volumes[0].labels.insert(labels::STACK_ID.to_owned(), "another".to_owned());
        assert_eq!(note(&want, &have, &[]), None);
    }
}
