//! The containers of a stack as the engine lists them: one call whatever their number.

use std::collections::HashMap;

use bollard::query_parameters::ListContainersOptionsBuilder;

use super::Docker;
use super::mark;
use super::observed::SeenContainer;
use crate::blueprint::labels;
use crate::engine::{EngineError, MemberState};
use crate::stack::{Name, StackId};

/// The stack whose objects a command is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// Its name.
    pub stack: Name,
    /// Its identity; without one, every object with the name in its label is meant.
    pub id: Option<StackId>,
}

impl Scope {
    /// Whether labels say that an object belongs here.
    pub(super) fn holds(&self, found: &HashMap<String, String>) -> bool {
        let id = |id: StackId| found.get(labels::STACK_ID).is_some_and(|s| *s == id.to_string());
        found.get(labels::STACK).is_some_and(|s| s == self.stack.as_str()) && self.id.is_none_or(id)
    }

    /// Whether labels say that a volume has data of the stack: what only marks a restore has none.
    pub(super) fn has_data_in(&self, found: &HashMap<String, String>) -> bool {
        self.holds(found) && !mark::is_mark(found)
    }

    /// The members among containers.
    pub(super) fn members_in(&self, containers: &[SeenContainer]) -> Vec<MemberState> {
        containers.iter().filter(|c| self.holds(&c.labels)).filter_map(SeenContainer::member_state).collect()
    }
}

/// A filter for the engine's lists: objects with our label, and of that value.
pub(super) fn by_stack(stack: Option<&Name>) -> HashMap<String, Vec<String>> {
    let label = match stack {
        Some(stack) => format!("{}={stack}", labels::STACK),
        None => labels::STACK.to_owned(),
    };
    HashMap::from([("label".to_owned(), vec![label])])
}

impl Docker {
    pub(super) async fn labelled_containers(&self, stack: Option<&Name>) -> Result<Vec<SeenContainer>, EngineError> {
        let options = ListContainersOptionsBuilder::default().all(true).filters(&by_stack(stack)).build();
        let list = self.client.list_containers(Some(options)).await;
        let list = list.map_err(|e| self.fault("list containers", &e))?;
        Ok(list.into_iter().filter_map(SeenContainer::read).collect())
    }

    pub(super) async fn containers_of(&self, stack: &Name) -> Result<Vec<SeenContainer>, EngineError> {
        self.labelled_containers(Some(stack)).await
    }

    pub(super) async fn members_of(&self, scope: &Scope) -> Result<Vec<MemberState>, EngineError> {
        let all = self.containers_of(&scope.stack).await?;
        let mut members = Vec::with_capacity(all.len());
        for seen in all.iter().filter(|c| scope.holds(&c.labels)) {
            if let Some(member) = seen.member_state() {
                members.push(MemberState { ended: self.ended(seen).await, ..member });
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_holds_its_own_stack_and_without_identity_every_one_of_the_name() {
        let labels = |stack: &str, id: StackId| {
            let pairs = [(labels::STACK, stack.to_owned()), (labels::STACK_ID, id.to_string())];
            pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<HashMap<_, _>>()
        };
        let stack = Name::parse("demo").unwrap();
        let one = Scope { stack: stack.clone(), id: Some(StackId::from_u128(1)) };
        assert!(one.holds(&labels("demo", StackId::from_u128(1))));
        assert!(!one.holds(&labels("demo", StackId::from_u128(2))));
        assert!(!one.holds(&labels("demo-2", StackId::from_u128(1))));
        assert!(!one.holds(&HashMap::new()));
        let any = Scope { stack, id: None };
        assert!(any.holds(&labels("demo", StackId::from_u128(2))));
        assert!(!any.holds(&labels("other", StackId::from_u128(2))));
        assert!(!any.holds(&HashMap::new()));
    }
}
