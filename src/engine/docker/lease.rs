//! The lease on a stack: a labelled volume on the engine, so that runs from other directories and hosts see each other.
//!
//! Creating a volume of a name that is taken returns the one that is there with its own labels, in one step on the engine: whoever
//! finds its own run in the labels holds the lease. Labels cannot be changed, so a lease does not show whether its holder still works;
//! that is judged by the holder's process. It carries no label of a stack: it is none of its data.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::{ListVolumesOptionsBuilder, RemoveVolumeOptions};

use super::Docker;
use super::fault;
use crate::blueprint::labels;
use crate::engine::EngineError;
use crate::holder::Holder;
use crate::stack::Name;

/// Whoever removes the lease of a run that has ended needs two or three calls for it.
const REMOVING: Duration = Duration::from_millis(50);
/// How often a lease is tried for while others remove the one of a run that has ended.
const TRIES: u32 = 20;

/// A lease that is held.
pub struct Lease {
    client: bollard::Docker,
    name: String,
    run: String,
}

/// How asking for a lease ended.
pub enum Asked {
    /// It is ours.
    Ours(Lease),
    /// Another run has it.
    Held(Box<Holder>),
}

impl Lease {
    /// Gives it back. One that somebody else removed meanwhile is no longer ours to remove, and no error.
    pub async fn give_back(self) {
        let found = self.client.inspect_volume(&self.name).await;
        if found.is_ok_and(|volume| read(&volume.labels).is_some_and(|holder| holder.run == self.run)) {
            // What cannot be removed now is known to the next run by this one's end.
            let _ = self.client.remove_volume(&self.name, None::<RemoveVolumeOptions>).await;
        }
    }
}

impl Docker {
    /// Asks for the lease on a stack. `has_ended` says whether a holder has surely ended: then its lease counts for nothing.
    pub async fn ask_for_lease(
        &self,
        stack: &Name,
        mine: &Holder,
        has_ended: impl Fn(&Holder) -> bool,
    ) -> Result<Asked, EngineError> {
        let name = volume_name(stack);
        let mut tries = 0;
        loop {
            let holder = self.claim(&name, stack, mine).await?;
            if holder.run == mine.run {
                self.remove_turns(stack, mine, &has_ended).await;
                return Ok(Asked::Ours(Lease { client: self.client.clone(), name, run: mine.run.clone() }));
            }
            tries += 1;
            if !has_ended(&holder) || tries > TRIES {
                return Ok(Asked::Held(Box::new(holder)));
            }
            self.evict(&name, stack, &holder, mine, &has_ended).await?;
        }
    }

    /// Who holds the lease on a stack: one read. A volume of its name that is none is held by nobody; whoever wants the lease is told of it.
    pub async fn lease_holder(&self, stack: &Name) -> Result<Option<Holder>, EngineError> {
        match self.lease_at(&volume_name(stack), stack).await {
            Err(EngineError::NotALease { .. }) => Ok(None),
            found => found,
        }
    }

    /// Removes the lease of this very holder; nothing when another one has it by now.
    pub async fn remove_lease(&self, stack: &Name, holder: &Holder, mine: &Holder) -> Result<(), EngineError> {
        self.evict(&volume_name(stack), stack, holder, mine, &|_| true).await
    }

    /// Removes the lease of a holder that has ended. Of several runs that see that, one may remove it: else a slower one would
    /// remove the lease that a faster one has taken since. Which one that is, is claimed in the same way.
    async fn evict(
        &self,
        name: &str,
        stack: &Name,
        holder: &Holder,
        mine: &Holder,
        has_ended: &impl Fn(&Holder) -> bool,
    ) -> Result<(), EngineError> {
        let turn = format!("{name}-after-{}", holder.run);
        let first = self.claim(&turn, stack, mine).await?;
        if first.run != mine.run {
            if has_ended(&first) {
                self.remove_volume(&turn).await?;
            }
            tokio::time::sleep(REMOVING).await;
            return Ok(());
        }
        let removed = match self.lease_at(name, stack).await {
            Ok(Some(now)) if now.run == holder.run => self.remove_volume(name).await,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        self.remove_volume(&turn).await?;
        removed
    }

    /// Removes the turns of runs that were killed after the lease was gone: whoever has the lease needs none. What cannot be removed
    /// now is found again by the next run.
    async fn remove_turns(&self, stack: &Name, mine: &Holder, has_ended: &impl Fn(&Holder) -> bool) {
        let of_stack = HashMap::from([("label", vec![format!("{}={stack}", labels::LEASE)])]);
        let options = ListVolumesOptionsBuilder::default().filters(&of_stack).build();
        let Ok(list) = self.client.list_volumes(Some(options)).await else { return };
        for volume in list.volumes.unwrap_or_default() {
            if read(&volume.labels).is_some_and(|holder| holder.run != mine.run && has_ended(&holder)) {
                let _ = self.remove_volume(&volume.name).await;
            }
        }
    }

    /// Creates a volume that says who we are, and returns who made the one that is there now.
    async fn claim(&self, name: &str, stack: &Name, mine: &Holder) -> Result<Holder, EngineError> {
        let action = format!("take the lease on {stack}");
        let request = VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some(written(stack, mine)),
            ..VolumeCreateRequest::default()
        };
        for _ in 0..TRIES {
            match self.client.create_volume(request.clone()).await {
                Ok(made) => {
                    if let Some(holder) = read(&made.labels) {
                        return Ok(holder);
                    }
                }
                // Engines that refuse a name that is taken.
                Err(e) if fault::status(&e) == Some(409) => {}
                Err(e) => return Err(self.fault(&action, &e)),
            }
            // One that was there when the engine was started is answered without its labels (Docker 20.10: only the list and a look at it
            // have them); and it may be gone by now.
            if let Some(holder) = self.lease_at(name, stack).await? {
                return Ok(holder);
            }
        }
        Err(EngineError::Refused { action, reason: "others take and remove it all the time".to_owned(), absent: false })
    }

    async fn lease_at(&self, name: &str, stack: &Name) -> Result<Option<Holder>, EngineError> {
        match self.client.inspect_volume(name).await {
            Ok(volume) => read(&volume.labels).map(Some).ok_or_else(|| foreign(name, &volume.labels)),
            Err(e) if fault::is_absent(&e) => Ok(None),
            Err(e) => Err(self.fault(&format!("look at the lease on {stack}"), &e)),
        }
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        match self.client.remove_volume(name, None::<RemoveVolumeOptions>).await {
            Err(e) if !fault::is_absent(&e) => Err(self.fault(&format!("remove the lease {name}"), &e)),
            _ => Ok(()),
        }
    }
}

/// No volume of a stack has such a name: theirs have an underscore after the stack's.
fn volume_name(stack: &Name) -> String {
    format!("{stack}-lease")
}

fn foreign(name: &str, found: &HashMap<String, String>) -> EngineError {
    EngineError::NotALease { volume: name.to_owned(), bare: found.is_empty() }
}

fn written(stack: &Name, holder: &Holder) -> HashMap<String, String> {
    let holder = serde_json::to_string(holder).unwrap_or_default();
    HashMap::from([(labels::LEASE.to_owned(), stack.to_string()), (labels::HOLDER.to_owned(), holder)])
}

/// Who holds one of the stack's leases, and who is on the way to one, out of any volume's labels.
pub(super) fn read_of(stack: &Name, found: &HashMap<String, String>) -> Option<Holder> {
    found.get(labels::LEASE).filter(|of| *of == stack.as_str())?;
    read(found)
}

fn read(found: &HashMap<String, String>) -> Option<Holder> {
    serde_json::from_str(found.get(labels::HOLDER)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_read_back_from_its_labels_and_a_foreign_volume_is_none() {
        let stack = Name::parse("demo").unwrap();
        let holder = crate::process::holder("up demo".to_owned());
        let labels = written(&stack, &holder);
        assert_eq!(read(&labels), Some(holder.clone()));
        assert_eq!(read_of(&stack, &labels), Some(holder));
        assert_eq!(read_of(&Name::parse("demo-b").unwrap(), &labels), None);
        assert!(
            labels.keys().all(|key| key != labels::STACK && key != labels::STACK_ID),
            "it is no object of the stack"
        );
        assert_eq!(read(&HashMap::new()), None);
        let broken = HashMap::from([(labels::HOLDER.to_owned(), "{".to_owned())]);
        assert_eq!(read(&broken), None);
    }
}
