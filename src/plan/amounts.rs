//! What the steps of a plan amount to: members created, replaced, started, removed. Pure.

use std::collections::BTreeSet;

use serde::Serialize;

/// What a plan amounts to; every name once, in the order of the plan.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Amounts {
    /// Members that get their first container.
    pub creates: Vec<String>,
    /// Members whose container is made anew.
    pub replaces: Vec<String>,
    /// Members whose container is started or goes on.
    pub starts: Vec<String>,
    /// Members whose container is only put on a network again.
    pub connects: Vec<String>,
    /// Members whose container goes.
    pub removes: Vec<String>,
    /// Networks that are made.
    pub creates_networks: Vec<String>,
    /// Networks that go.
    pub removes_networks: Vec<String>,
    /// Images that are pulled or built.
    pub images: Vec<String>,
    /// Files of the project that are written or removed; the project itself when it is not there yet.
    pub files: Vec<String>,
}

impl Amounts {
    /// Of steps: each with its kind, its object and the member that it is done to.
    pub fn of<'a>(steps: impl IntoIterator<Item = (&'a str, &'a str, Option<&'a str>)>) -> Self {
        let mut all = Self::default();
        let mut members: Vec<(&str, BTreeSet<&str>)> = Vec::new();
        for (kind, object, member) in steps {
            if let Some(member) = member {
                match members.iter_mut().find(|(name, _)| *name == member) {
                    Some((_, kinds)) => drop(kinds.insert(kind)),
                    None => members.push((member, BTreeSet::from([kind]))),
                }
                continue;
            }
            let group = match kind {
                "create-network" => &mut all.creates_networks,
                "remove-network" => &mut all.removes_networks,
                "pull-image" | "build-image" => &mut all.images,
                "write-project" | "write-file" | "remove-file" => &mut all.files,
                _ => continue,
            };
            group.push(object.to_owned());
        }
        for (member, kinds) in members {
            let has = |kind| kinds.contains(kind);
            let group = match (has("create-container"), has("remove-container")) {
                (true, true) => &mut all.replaces,
                (true, false) => &mut all.creates,
                (false, true) => &mut all.removes,
                _ if has("start") || has("unpause") => &mut all.starts,
                _ if has("connect-network") => &mut all.connects,
                _ => continue,
            };
            group.push(member.to_owned());
        }
        all
    }

    /// Whether nothing would be different.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// In one line: `creates 2 members, 1 network; starts 1 member`, or `nothing to do`.
    pub fn text(&self) -> String {
        let count = |names: &[String], word: &str| match names.len() {
            0 => None,
            1 => Some(format!("1 {word}")),
            n => Some(format!("{n} {word}s")),
        };
        let member = |names| count(names, "member");
        let clauses = [
            ("writes", [count(&self.files, "file"), None]),
            ("fetches", [count(&self.images, "image"), None]),
            ("creates", [member(&self.creates), count(&self.creates_networks, "network")]),
            ("replaces", [member(&self.replaces), None]),
            ("starts", [member(&self.starts), None]),
            ("connects", [member(&self.connects), None]),
            ("removes", [member(&self.removes), count(&self.removes_networks, "network")]),
        ];
        let told = clauses.into_iter().filter_map(|(verb, counts)| {
            let counts: Vec<String> = counts.into_iter().flatten().collect();
            (!counts.is_empty()).then(|| format!("{verb} {}", counts.join(", ")))
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() { "nothing to do".to_owned() } else { told.join("; ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_counts_once_by_what_becomes_of_it() {
        let of =
            |steps: &[(&'static str, &'static str, Option<&'static str>)]| Amounts::of(steps.iter().copied()).text();
        assert_eq!(of(&[]), "nothing to do");
        assert_eq!(of(&[("keep-file", "README.md", None), ("wait-healthy", "demo-db-1", None)]), "nothing to do");
        let steps = [
            ("write-file", "README.md", None),
            ("pull-image", "postgres:18.1", None),
            ("create-network", "demo_default", None),
            ("stop", "demo-old-1", Some("old")),
            ("remove-container", "demo-old-1", Some("old")),
            ("remove-container", "demo-hub-1", Some("hub")),
            ("create-container", "demo-hub-1", Some("hub")),
            ("start", "demo-hub-1", Some("hub")),
            ("create-container", "demo-a-1", Some("a")),
            ("create-container", "demo-b-1", Some("b")),
            ("connect-network", "demo-c-1", Some("c")),
            ("start", "demo-d-1", Some("d")),
        ];
        assert_eq!(
            of(&steps),
            "writes 1 file; fetches 1 image; creates 2 members, 1 network; replaces 1 member; starts 1 member; \
             connects 1 member; removes 1 member"
        );
    }
}
