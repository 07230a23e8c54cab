//! Rename, copy and move of resources (fact sheet 2.5). That they exist is on record, the form of their requests is not: the keys
//! here are the simulator's choice.

use serde::Deserialize;
use uuid::Uuid;

use crate::simulator::config::change::{Change, Draft, Step, current, modelled, named, stamped};
use crate::simulator::config::refusal::Refusal;
use crate::simulator::config::store::{State, Store};
use crate::simulator::config::tree::{Kind, Place};

/// Another name for a resource whose current signature the caller knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rename {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) collection: Option<String>,
    pub(crate) signature: Option<String>,
}

/// Another place for a resource. What is not given stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transfer {
    /// `ignition/api-token`, as changes are answered.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) new_name: Option<String>,
    pub(crate) new_collection: Option<String>,
    /// Needed to move, not to copy.
    pub(crate) signature: Option<String>,
}

/// What becomes of the resource at its old place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Old {
    Stays,
    Goes,
}

impl Store {
    /// Gives resources other names; all of them or none.
    pub(crate) fn rename(&self, kind: &Kind, renames: Vec<Rename>, actor: &str) -> Result<Vec<Change>, Refusal> {
        let kind = kind.to_string();
        let transfer = |r: Rename| Transfer {
            kind: kind.clone(),
            name: Some(r.name),
            collection: r.collection,
            new_name: Some(r.new_name),
            new_collection: None,
            signature: r.signature,
        };
        self.relocate(renames.into_iter().map(transfer).collect(), actor)
    }

    /// Moves resources to another collection or name; all of them or none.
    pub(crate) fn relocate(&self, moves: Vec<Transfer>, actor: &str) -> Result<Vec<Change>, Refusal> {
        self.change(moves, |state, transfer| state.transfer(transfer, Old::Goes, actor))
    }

    /// Copies resources to another collection or name; all of them or none.
    pub(crate) fn copy(&self, copies: Vec<Transfer>, actor: &str) -> Result<Vec<Change>, Refusal> {
        self.change(copies, |state, transfer| state.transfer(transfer, Old::Stays, actor))
    }
}

impl State {
    fn transfer(&self, transfer: Transfer, old_place: Old, actor: &str) -> Result<Step, Refusal> {
        let Some((module, name)) = transfer.kind.split_once('/') else {
            return Err(Refusal::field("type", "must be <module>/<type>, such as ignition/api-token"));
        };
        let kind = Kind::new(module, name);
        let rules = modelled(&kind)?;
        if !rules.creatable {
            return Err(Refusal::new(403, format!("Resources of type {kind} cannot be created")));
        }
        let draft = Draft { name: transfer.name, collection: transfer.collection, ..Draft::default() };
        let from = self.existing(rules, &kind, &draft)?;
        let mut resource = self.unrestricted(&from)?.as_ref().clone();
        if old_place == Old::Goes {
            current(&resource.signature, transfer.signature.as_deref())?;
        }
        let name = match &from.name {
            Some(name) => Some(named(Some(transfer.new_name.as_deref().unwrap_or(name)))?),
            None => None,
        };
        let collection = transfer.new_collection.unwrap_or_else(|| from.collection.clone());
        let to = Place { collection, kind, name };
        let leaving = (old_place == Old::Goes && to.name == from.name).then_some(from.collection.as_str());
        self.may_create(&to, leaving)?;
        if old_place == Old::Stays && from.name.is_some() {
            resource.manifest.set_uuid(Uuid::new_v4());
            resource = resource.signed();
        }
        let replaces = (old_place == Old::Goes).then_some(from);
        Ok(Step { place: to, resource: Some(stamped(resource, actor)), replaces })
    }
}
