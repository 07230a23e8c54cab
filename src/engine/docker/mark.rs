//! The mark of a restore, or of a deletion, that is not done: a small volume of its own, made before anything is filled or removed, and
//! removed last, when what was filled is whole or gone. The container that fills the volumes would say the same, but `docker container
//! prune` takes that away.

use std::collections::{BTreeSet, HashMap};

use bollard::models::VolumeCreateRequest;

use super::members::Scope;
use super::volumes::{Purpose, VolumeLabels, holder_labels, is_holder};
use super::{Docker, Holder, fault};
use crate::blueprint::labels;
use crate::engine::{EngineError, Undone};
use crate::stack::Name;

/// The volume that marks a restore of a stack. No member's volume has that name: theirs end with `-data`.
pub fn mark_name(stack: &Name) -> String {
    format!("{stack}_{}", Purpose::Fill.word())
}

/// The volume that marks a deletion of all data of a stack.
pub fn deletion_name(stack: &Name) -> String {
    format!("{stack}_{}", Purpose::Delete.word())
}

/// Whether labels are those of a mark, of whatever it is.
pub(super) fn is_mark(found: &HashMap<String, String>) -> bool {
    [Purpose::Fill, Purpose::Delete].into_iter().any(|purpose| is_holder(found, purpose))
}

/// What was begun with a stack's volumes and is not done, by what its marks say and which volumes with data are there. A deletion that has
/// removed nothing yet has not begun, and one that has removed everything is done.
pub(super) fn undone<'a>(
    marks: impl Iterator<Item = &'a HashMap<String, String>>,
    is_there: impl Fn(&str) -> bool,
) -> Option<Undone> {
    let mut found = None;
    for mark in marks {
        if is_holder(mark, Purpose::Fill) {
            return Some(Undone::Restore);
        }
        let (left, gone): (Vec<_>, Vec<_>) = read(mark).into_iter().partition(|name| is_there(name));
        if !left.is_empty() && !gone.is_empty() {
            found = Some(Undone::Deletion);
        }
    }
    found
}

impl Docker {
    /// Makes the mark. Creating a volume of a name that is taken returns the one that is there, with its own labels.
    pub(super) async fn mark(&self, scope: &Scope, fills: &[VolumeLabels]) -> Result<VolumeLabels, EngineError> {
        let name = mark_name(&scope.stack);
        self.marked_with(name, written(scope, Purpose::Fill, fills)).await
    }

    /// Marks the deletion of these volumes, when it is about to begin.
    pub async fn mark_deletion(&self, scope: &Scope, volumes: &[VolumeLabels]) -> Result<(), EngineError> {
        // One that was left of a deletion that never began tells of other volumes, maybe.
        self.remove_mark(scope).await?;
        self.marked_with(deletion_name(&scope.stack), written(scope, Purpose::Delete, volumes)).await.map(|_| ())
    }

    /// Removes the mark of a deletion that never began, or that is done: with the lease alone, before volumes are made.
    pub async fn drop_void_mark(&self, scope: &Scope) -> Result<(), EngineError> {
        let own = self.own_volumes(scope).await?;
        if own.iter().any(|v| is_mark(&v.labels)) && self.unfinished(scope).await?.is_none() {
            self.remove_mark(scope).await?;
        }
        Ok(())
    }

    async fn marked_with(&self, name: String, labels: HashMap<String, String>) -> Result<VolumeLabels, EngineError> {
        let request = VolumeCreateRequest {
            name: Some(name.clone()),
            labels: Some(labels.clone()),
            ..VolumeCreateRequest::default()
        };
        let made = self.client.create_volume(request).await;
        let made = made.map_err(|e| self.fault(&format!("create volume {name}"), &e))?;
        if made.labels == labels {
            return Ok(VolumeLabels { name, labels: labels.into_iter().collect() });
        }
        Err(EngineError::Refused {
            action: format!("create volume {name}"),
            reason: "there is another volume of that name".to_owned(),
            absent: false,
        })
    }

    /// The volume that has the mark's name and is none, when there is one.
    pub async fn foreign_mark(&self, scope: &Scope) -> Result<Option<String>, EngineError> {
        let name = mark_name(&scope.stack);
        match self.client.inspect_volume(&name).await {
            Ok(found) => Ok((!(scope.holds(&found.labels) && is_mark(&found.labels))).then_some(name)),
            Err(e) if fault::is_absent(&e) => Ok(None),
            Err(e) => Err(self.fault(&format!("look at volume {name}"), &e)),
        }
    }

    /// What was begun with the volumes and is not done, because it was killed or is under way: a restore, with the volumes that it was to
    /// fill, or a deletion, with those that it did not come to. Only those of the stack by their own labels: others are not ours to remove.
    /// A container alone is a mark of a restore, too: earlier versions made no other.
    pub async fn unfinished(&self, scope: &Scope) -> Result<Option<(Undone, Vec<String>)>, EngineError> {
        let (holder, volumes) = tokio::try_join!(self.holder_of(scope, Purpose::Fill), self.own_volumes(scope))?;
        let (marks, data): (Vec<_>, Vec<_>) = volumes.into_iter().partition(|v| is_mark(&v.labels));
        let is_there = |name: &str| data.iter().any(|v| v.name == name);
        let marked = undone(marks.iter().map(|mark| &mark.labels), is_there);
        let Some(undone) = holder.as_ref().map(|_| Undone::Restore).or(marked) else { return Ok(None) };
        let mut names: BTreeSet<String> = marks.iter().flat_map(|mark| read(&mark.labels)).collect();
        if let Some(holder) = holder {
            names.extend(self.mounted_in(&holder.id, &holder.name).await?);
        }
        Ok(Some((undone, data.into_iter().map(|v| v.name).filter(|name| names.contains(name)).collect())))
    }

    /// Ends a restore whose volumes are whole: from the moment that this is done they count as that.
    pub async fn restored(&self, scope: &Scope, holder: Holder) -> Result<(), EngineError> {
        self.release(holder).await?;
        self.remove_mark(scope).await
    }

    /// Takes back what a restore that did not end has made, the mark last. Returns the names of the volumes that went.
    pub async fn undo_restore(&self, scope: &Scope) -> Result<Vec<String>, EngineError> {
        let Some((_, names)) = self.unfinished(scope).await? else { return Ok(Vec::new()) };
        self.drop_holder(scope, Purpose::Fill).await?;
        self.remove_volumes(&names).await?;
        self.remove_mark(scope).await?;
        Ok(names)
    }

    /// Removes the marks, when there are any. To be called when nothing is there any more that it tells of.
    pub async fn remove_mark(&self, scope: &Scope) -> Result<(), EngineError> {
        let marks = self.own_volumes(scope).await?.into_iter().filter(|v| is_mark(&v.labels));
        self.remove_volumes(&marks.map(|v| v.name).collect::<Vec<_>>()).await
    }

    /// Names of the volumes that a container has; none when it is gone meanwhile.
    async fn mounted_in(&self, id: &str, name: &str) -> Result<Vec<String>, EngineError> {
        match self.client.inspect_container(id, None).await {
            Ok(found) => Ok(found.mounts.unwrap_or_default().into_iter().filter_map(|mount| mount.name).collect()),
            Err(e) if fault::is_absent(&e) => Ok(Vec::new()),
            Err(e) => Err(self.fault(&format!("look at container {name}"), &e)),
        }
    }
}

fn written(scope: &Scope, purpose: Purpose, fills: &[VolumeLabels]) -> HashMap<String, String> {
    let names: Vec<&str> = fills.iter().map(|v| v.name.as_str()).collect();
    let mut all = holder_labels(scope, purpose);
    all.insert(labels::FILLS.to_owned(), serde_json::json!(names).to_string());
    all
}

/// The volumes that a mark tells; none when its label cannot be read.
fn read(found: &HashMap<String, String>) -> Vec<String> {
    found.get(labels::FILLS).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::StackId;

    #[test]
    fn a_mark_is_read_back_from_its_labels_and_is_no_data() {
        let scope = Scope { stack: Name::parse("demo").unwrap(), id: Some(StackId::from_u128(7)) };
        let data = holder_labels(&scope, Purpose::Read);
        let volume = |name: &str| VolumeLabels { name: name.to_owned(), labels: data.clone().into_iter().collect() };
        let labels = written(&scope, Purpose::Fill, &[volume("demo_a-data"), volume("demo_b-data")]);
        assert_eq!(read(&labels), ["demo_a-data", "demo_b-data"]);
        assert!(is_mark(&labels) && scope.holds(&labels) && !scope.has_data_in(&labels));
        assert!(!is_mark(&data) && scope.has_data_in(&data));
        let other = Scope { id: Some(StackId::from_u128(8)), ..scope.clone() };
        assert!(!other.holds(&labels), "that of another stack of the name is not ours");
        assert_eq!(read(&HashMap::from([(labels::FILLS.to_owned(), "[".to_owned())])), Vec::<String>::new());
        assert_eq!(mark_name(&scope.stack), "demo_restore");
    }

    #[test]
    fn a_deletion_is_not_done_while_some_of_it_is() {
        let scope = Scope { stack: Name::parse("demo").unwrap(), id: Some(StackId::from_u128(7)) };
        let volume = |name: &str| VolumeLabels { name: name.to_owned(), labels: std::collections::BTreeMap::new() };
        let volumes = [volume("demo_a-data"), volume("demo_b-data")];
        let [deletion, restore] = [Purpose::Delete, Purpose::Fill].map(|purpose| written(&scope, purpose, &volumes));
        assert!(is_mark(&deletion) && !scope.has_data_in(&deletion));
        let told = |marks: &[&HashMap<String, String>], there: &[&str]| {
            undone(marks.iter().copied(), |name| there.contains(&name))
        };
        assert_eq!(told(&[], &["demo_a-data"]), None);
        assert_eq!(told(&[&deletion], &["demo_a-data", "demo_b-data"]), None, "it has not begun");
        assert_eq!(told(&[&deletion], &["demo_b-data"]), Some(Undone::Deletion));
        assert_eq!(told(&[&deletion], &["demo_other-data"]), None, "it is done");
        assert_eq!(told(&[&deletion, &restore], &["demo_b-data"]), Some(Undone::Restore));
        assert_eq!(deletion_name(&scope.stack), "demo_delete");
    }
}
