//! The mark of a restore that is not done: a small volume of its own, made before anything is filled, and removed last, when what was
//! filled is whole or gone. The container that fills the volumes would say the same, but `docker container prune` takes that away.

use std::collections::{BTreeSet, HashMap};

use bollard::models::VolumeCreateRequest;

use super::members::Scope;
use super::volumes::{Purpose, VolumeLabels, holder_labels, is_holder};
use super::{Docker, Holder, fault};
use crate::blueprint::labels;
use crate::engine::EngineError;
use crate::stack::Name;

/// The volume that marks a restore of a stack. No member's volume has that name: theirs end with `-data`.
pub fn mark_name(stack: &Name) -> String {
    format!("{stack}_{}", Purpose::Fill.word())
}

/// Whether labels are those of a mark.
pub(super) fn is_mark(found: &HashMap<String, String>) -> bool {
    is_holder(found, Purpose::Fill)
}

impl Docker {
    /// Makes the mark. Creating a volume of a name that is taken returns the one that is there, with its own labels.
    pub(super) async fn mark(&self, scope: &Scope, fills: &[VolumeLabels]) -> Result<VolumeLabels, EngineError> {
        let name = mark_name(&scope.stack);
        let labels = written(scope, fills);
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

    /// The volumes that a restore began to fill and did not: it was killed, or is under way. Only those of the stack by their own labels:
    /// others are not ours to remove. A container alone is a mark, too: earlier versions made no other.
    pub async fn unfinished_restore(&self, scope: &Scope) -> Result<Option<Vec<String>>, EngineError> {
        let (holder, volumes) = tokio::try_join!(self.holder_of(scope, Purpose::Fill), self.own_volumes(scope))?;
        let (marks, data): (Vec<_>, Vec<_>) = volumes.into_iter().partition(|v| is_mark(&v.labels));
        if holder.is_none() && marks.is_empty() {
            return Ok(None);
        }
        let mut names: BTreeSet<String> = marks.iter().flat_map(|mark| read(&mark.labels)).collect();
        if let Some(holder) = holder {
            names.extend(self.mounted_in(&holder.id, &holder.name).await?);
        }
        Ok(Some(data.into_iter().map(|v| v.name).filter(|name| names.contains(name)).collect()))
    }

    /// Ends a restore whose volumes are whole: from the moment that this is done they count as that.
    pub async fn restored(&self, scope: &Scope, holder: Holder) -> Result<(), EngineError> {
        self.release(holder).await?;
        self.remove_mark(scope).await
    }

    /// Takes back what a restore that did not end has made, the mark last. Returns the names of the volumes that went.
    pub async fn undo_restore(&self, scope: &Scope) -> Result<Vec<String>, EngineError> {
        let Some(names) = self.unfinished_restore(scope).await? else { return Ok(Vec::new()) };
        self.drop_holder(scope, Purpose::Fill).await?;
        self.remove_volumes(&names).await?;
        self.remove_mark(scope).await?;
        Ok(names)
    }

    /// Removes the mark, when there is one. To be called when nothing is there any more that it tells of.
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

fn written(scope: &Scope, fills: &[VolumeLabels]) -> HashMap<String, String> {
    let names: Vec<&str> = fills.iter().map(|v| v.name.as_str()).collect();
    let mut all = holder_labels(scope, Purpose::Fill);
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
        let labels = written(&scope, &[volume("demo_a-data"), volume("demo_b-data")]);
        assert_eq!(read(&labels), ["demo_a-data", "demo_b-data"]);
        assert!(is_mark(&labels) && scope.holds(&labels) && !scope.has_data_in(&labels));
        assert!(!is_mark(&data) && scope.has_data_in(&data));
        let other = Scope { id: Some(StackId::from_u128(8)), ..scope.clone() };
        assert!(!other.holds(&labels), "that of another stack of the name is not ours");
        assert_eq!(read(&HashMap::from([(labels::FILLS.to_owned(), "[".to_owned())])), Vec::<String>::new());
        assert_eq!(mark_name(&scope.stack), "demo_restore");
    }
}
