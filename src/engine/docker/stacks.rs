//! Every stack on an engine, found by labels alone: also those whose directory is gone or that have only volumes left.

use std::collections::{BTreeMap, HashMap};

use super::observed::{SeenContainer, SeenNetwork, SeenVolume};
use super::volumes::{Purpose, is_holder};
use super::{Docker, mark};
use crate::blueprint::labels;
use crate::engine::{EngineError, FoundStack, Undone};

impl Docker {
    /// All stacks, by name: three lists, whatever their number.
    pub async fn stacks(&self) -> Result<Vec<FoundStack>, EngineError> {
        let (containers, networks, volumes) =
            tokio::try_join!(self.labelled_containers(None), self.all_networks(), self.all_volumes())?;
        Ok(group(&containers, &networks, &volumes))
    }
}

fn group(containers: &[SeenContainer], networks: &[SeenNetwork], volumes: &[SeenVolume]) -> Vec<FoundStack> {
    let mut found = BTreeMap::new();
    for container in containers {
        if let Some(stack) = entry(&mut found, &container.labels) {
            stack.members.extend(container.member_state());
            if is_holder(&container.labels, Purpose::Fill) {
                stack.undone = Some(Undone::Restore);
            }
            if stack.project_dir.is_none() {
                stack.project_dir = container.labels.get(labels::PROJECT_DIR).map(Into::into);
            }
        }
    }
    for network in networks {
        if let Some(stack) = entry(&mut found, &network.labels) {
            stack.networks += 1;
        }
    }
    for volume in volumes {
        if let Some(stack) = entry(&mut found, &volume.labels) {
            let marks = mark::is_mark(&volume.labels);
            stack.volumes += usize::from(!marks);
            let id = stack.id.clone();
            let is_there =
                |name: &str| volumes.iter().any(|v| v.name == name && v.labels.get(labels::STACK_ID) == id.as_ref());
            let undone = marks.then(|| mark::undone(std::iter::once(&volume.labels), is_there)).flatten();
            // A restore is told before a deletion.
            stack.undone = stack.undone.filter(|seen| *seen == Undone::Restore).or(undone).or(stack.undone);
        }
    }
    found.into_values().collect()
}

type Key = (String, Option<String>);

/// The stack that labels name, made when it is new. Two of one name differ in their identity.
fn entry<'a>(found: &'a mut BTreeMap<Key, FoundStack>, given: &HashMap<String, String>) -> Option<&'a mut FoundStack> {
    let name = given.get(labels::STACK)?.clone();
    let id = given.get(labels::STACK_ID).cloned();
    let fresh = FoundStack {
        name: name.clone(),
        id: id.clone(),
        project_dir: None,
        members: Vec::new(),
        volumes: 0,
        undone: None,
        networks: 0,
    };
    Some(found.entry((name, id)).or_insert(fresh))
}

#[cfg(test)]
mod tests {
    use super::super::plan_fixture::seen;
    use super::*;

    #[test]
    fn stacks_are_told_apart_by_identity_and_a_lone_volume_counts() {
        let labelled = |stack: &str, id: &str| {
            let pairs = [(labels::STACK, stack), (labels::STACK_ID, id)];
            pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect::<HashMap<_, _>>()
        };
        let mut container = seen("demo-db-1", "db");
        container.labels.extend(labelled("demo", "1"));
        container.labels.insert(labels::PROJECT_DIR.to_owned(), "/p/demo".to_owned());
        let network =
            SeenNetwork { id: "n".to_owned(), name: "demo_default".to_owned(), labels: labelled("demo", "1") };
        let volumes = [
            SeenVolume { name: "old_data".to_owned(), labels: labelled("demo", "0") },
            SeenVolume { name: "foreign".to_owned(), labels: HashMap::new() },
            SeenVolume {
                name: "demo_restore".to_owned(),
                labels: labelled("demo", "2")
                    .into_iter()
                    .chain([(labels::HOLDS.to_owned(), "restore".to_owned())])
                    .collect(),
            },
        ];
        let found = group(&[container], &[network], &volumes);
        let ids: Vec<_> =
            found.iter().map(|s| (s.id.as_deref().unwrap(), s.members.len(), s.networks, s.volumes)).collect();
        assert_eq!(ids, [("0", 0, 0, 1), ("1", 1, 1, 0), ("2", 0, 0, 0)]);
        assert_eq!(found.iter().map(|s| s.undone).collect::<Vec<_>>(), [None, None, Some(Undone::Restore)]);
        assert_eq!(found[1].project_dir.as_deref(), Some(std::path::Path::new("/p/demo")));
    }
}
