//! Changes of the configuration: checked as a whole, written to the disk, then seen by everybody. Replication is not here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::simulator::config::collections::CORE;
use crate::simulator::config::kinds::{self, Rules};
use crate::simulator::config::manifest::Manifest;
use crate::simulator::config::names::is_name;
use crate::simulator::config::refusal::Refusal;
use crate::simulator::config::resource::Resource;
use crate::simulator::config::store::{State, Store};
use crate::simulator::config::tree::{CALLERS, GATEWAY, Kind, Place};
use crate::simulator::config::writer;
use crate::simulator::node::epoch_ms;
use crate::simulator::unknown::{CONFLICT_STATUS, STALE_SIGNATURE_STATUS};

/// Most changes in one request.
const BATCH_LIMIT: usize = 256;

/// One element of a request to make or modify resources (fact sheet 2.5). What is absent stays as it is, or is the default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Draft {
    pub(crate) name: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) description: Option<String>,
    pub(crate) config: Option<Value>,
    /// `null` takes it away.
    #[serde(deserialize_with = "present")]
    pub(crate) backup_config: Option<Value>,
    pub(crate) signature: Option<String>,
}

fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// A named resource as the gateway itself writes it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Described {
    pub(crate) config: Value,
    pub(crate) enabled: bool,
    pub(crate) description: String,
}

/// One change that was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub(crate) place: Place,
    /// Empty when the resource is gone.
    pub(crate) new_signature: String,
}

/// The answer to changes that were made (fact sheet 2.1).
pub(crate) fn answer(changes: &[Change]) -> Value {
    let line = |c: &Change| {
        json!({
            "name": c.place.name.clone().unwrap_or_default(), "type": c.place.kind.to_string(),
            "collection": c.place.collection, "newSignature": c.new_signature,
        })
    };
    json!({"success": true, "changes": changes.iter().map(line).collect::<Vec<_>>()})
}

/// A version to write, or to take away.
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) resource: Option<Resource>,
    /// The version that goes once this one is there.
    pub(super) replaces: Option<Place>,
}

impl Step {
    fn write(place: Place, resource: Resource) -> Self {
        Self { place, resource: Some(resource), replaces: None }
    }

    fn remove(place: Place) -> Self {
        Self { place, resource: None, replaces: None }
    }
}

impl Store {
    /// Makes resources; all of them or none.
    pub(crate) fn create(&self, kind: &Kind, drafts: Vec<Draft>, actor: &str) -> Result<Vec<Change>, Refusal> {
        let rules = modelled(kind)?;
        if !rules.creatable {
            return Err(Refusal::new(403, format!("Resources of type {kind} cannot be created")));
        }
        self.change(drafts, |state, draft| {
            let place = place(rules, kind, &draft, CORE)?;
            state.may_create(&place, None)?;
            let config = draft.config.ok_or_else(|| Refusal::field("config", "is required"))?;
            let mut manifest = Manifest::new((!rules.singleton).then(Uuid::new_v4));
            manifest.set_enabled(draft.enabled.unwrap_or(true));
            manifest.set_description(draft.description.as_deref().unwrap_or_default());
            let resource =
                Resource::new(manifest, Some(config), draft.backup_config.filter(|v| !v.is_null()), BTreeMap::new());
            Ok(Step::write(place, checked(rules, resource, actor)?))
        })
    }

    /// Modifies resources whose current signature the caller knows; all of them or none.
    pub(crate) fn modify(&self, kind: &Kind, drafts: Vec<Draft>, actor: &str) -> Result<Vec<Change>, Refusal> {
        let rules = modelled(kind)?;
        self.change(drafts, |state, draft| {
            let (place, old) = state.to_modify(rules, kind, &draft)?;
            current(&old.signature, draft.signature.as_deref())?;
            let mut manifest = old.manifest.clone();
            manifest.set_enabled(draft.enabled.unwrap_or(manifest.enabled()));
            if let Some(text) = &draft.description {
                manifest.set_description(text);
            }
            let config = draft.config.or_else(|| old.config.as_deref().cloned());
            let backup = draft.backup_config.or_else(|| old.backup_config.as_deref().cloned());
            let backup = backup.filter(|v| !v.is_null());
            let resource = Resource::new(manifest, config, backup, old.data.clone());
            Ok(Step::write(place, checked(rules, resource, actor)?))
        })
    }

    /// Deletes a resource whose current signature the caller knows.
    pub(crate) fn delete(
        &self,
        kind: &Kind,
        name: Option<&str>,
        collection: Option<&str>,
        signature: &str,
    ) -> Result<Vec<Change>, Refusal> {
        let rules = modelled(kind)?;
        let draft =
            Draft { name: name.map(str::to_owned), collection: collection.map(str::to_owned), ..Draft::default() };
        self.change(vec![draft], |state, draft| {
            let place = state.existing(rules, kind, &draft)?;
            let old = state.unrestricted(&place)?;
            current(&old.signature, Some(signature))?;
            Ok(Step::remove(place))
        })
    }

    /// Writes a resource on behalf of the gateway itself: no permission, signature or role stands in the way, settings are
    /// not checked, and what is known besides stays. `data` replaces the other files when given.
    pub(crate) fn put(
        &self,
        place: &Place,
        config: Value,
        data: Option<BTreeMap<String, Vec<u8>>>,
        actor: &str,
    ) -> std::io::Result<()> {
        let mut state = self.state();
        let old =
            state.tree.versions(&place.kind, place.name.as_deref()).and_then(|v| v.get(&place.collection)).cloned();
        let fresh = || Manifest::new(place.name.is_some().then(Uuid::new_v4));
        let manifest = old.as_ref().map_or_else(fresh, |r| r.manifest.clone());
        let backup = old.as_ref().and_then(|r| r.backup_config.as_deref().cloned());
        let data = data.or_else(|| old.as_ref().map(|r| r.data.clone())).unwrap_or_default();
        let resource = stamped(Resource::new(manifest, Some(config), backup, data), actor);
        if let Some(reason) = state.tree.too_much([(place, Some(&resource))], GATEWAY) {
            return Err(std::io::Error::other(reason));
        }
        self.write(&mut state, Step::write(place.clone(), resource))?;
        drop(state);
        self.changed();
        Ok(())
    }

    /// As [`Store::put`], with what the manifest says about a named resource.
    pub(crate) fn put_described(&self, place: &Place, told: Described, actor: &str) -> std::io::Result<()> {
        let mut state = self.state();
        let old =
            state.tree.versions(&place.kind, place.name.as_deref()).and_then(|v| v.get(&place.collection)).cloned();
        let mut manifest = old.as_ref().map_or_else(|| Manifest::new(Some(Uuid::new_v4())), |r| r.manifest.clone());
        manifest.set_enabled(told.enabled);
        manifest.set_description(&told.description);
        let backup = old.as_ref().and_then(|r| r.backup_config.as_deref().cloned());
        let data = old.map(|r| r.data.clone()).unwrap_or_default();
        let resource = stamped(Resource::new(manifest, Some(told.config), backup, data), actor);
        if let Some(reason) = state.tree.too_much([(place, Some(&resource))], GATEWAY) {
            return Err(std::io::Error::other(reason));
        }
        self.write(&mut state, Step::write(place.clone(), resource))?;
        drop(state);
        self.changed();
        Ok(())
    }

    /// Plans every change against the state before, then makes them.
    pub(super) fn change<T>(
        &self,
        requests: Vec<T>,
        plan: impl Fn(&State, T) -> Result<Step, Refusal>,
    ) -> Result<Vec<Change>, Refusal> {
        let mut state = self.state();
        if state.backup {
            return Err(Refusal::new(
                403,
                "The configuration cannot be changed on the backup node of a redundant pair",
            ));
        }
        if requests.len() > BATCH_LIMIT {
            return Err(Refusal::new(422, format!("More than {BATCH_LIMIT} changes in one request")));
        }
        let mut steps: Vec<Step> = Vec::new();
        for request in requests {
            let step = plan(&state, request)?;
            let ours = [Some(&step.place), step.replaces.as_ref()];
            if steps
                .iter()
                .any(|s| ours.contains(&Some(&s.place)) || s.replaces.as_ref().is_some_and(|r| ours.contains(&Some(r))))
            {
                return Err(Refusal::field("name", "occurs twice in the request"));
            }
            steps.push(step);
        }
        let written = steps.iter().map(|s| (&s.place, s.resource.as_ref()));
        let replaced = steps.iter().filter_map(|s| s.replaces.as_ref().map(|place| (place, None)));
        if let Some(reason) = state.tree.too_much(written.chain(replaced), CALLERS) {
            return Err(Refusal::new(422, reason));
        }
        let mut changes = Vec::new();
        let mut outcome = Ok(());
        for step in steps {
            let new_signature = step.resource.as_ref().map(|r| r.signature.clone()).unwrap_or_default();
            let place = step.place.clone();
            outcome = self.write(&mut state, step);
            if outcome.is_err() {
                break;
            }
            changes.push(Change { place, new_signature });
        }
        drop(state);
        if !changes.is_empty() {
            self.changed();
        }
        outcome.map(|()| changes).map_err(Refusal::from)
    }

    /// Disk first: memory never holds what the disk does not.
    fn write(&self, state: &mut State, step: Step) -> std::io::Result<()> {
        let Step { place, resource, replaces } = step;
        let directory = place.directory();
        match &resource {
            Some(resource) => {
                let old =
                    state.tree.versions(&place.kind, place.name.as_deref()).and_then(|v| v.get(&place.collection));
                writer::write(self.root(), &directory, resource, old.map(Arc::as_ref))?;
            }
            None => writer::remove(self.root(), &directory, place.name.is_none())?,
        }
        state.tree.set(&place, resource.map(Arc::new));
        match replaces {
            Some(place) => self.write(state, Step::remove(place)),
            None => Ok(()),
        }
    }
}

impl State {
    /// Where the version is that a draft means: in the collection named, else in the one that counts.
    pub(super) fn existing(&self, rules: &Rules, kind: &Kind, draft: &Draft) -> Result<Place, Refusal> {
        let place = place(rules, kind, draft, "")?;
        let name = place.name.as_deref();
        let found = match &draft.collection {
            Some(collection) => self.version(kind, name, collection),
            None => self.effective(kind, name),
        };
        let found = found.ok_or_else(|| Refusal::new(404, format!("There is no such resource of type {kind}")))?;
        Ok(Place { collection: found.collection, ..place })
    }

    /// What a modification begins with: a version that is there, or else the defaults of a singleton, which it then writes.
    fn to_modify(&self, rules: &Rules, kind: &Kind, draft: &Draft) -> Result<(Place, Arc<Resource>), Refusal> {
        match (self.existing(rules, kind, draft), undefined(rules)) {
            (Err(refusal), Some(default)) if refusal.status == 404 => {
                let place = place(rules, kind, draft, CORE)?;
                self.may_create(&place, None)?;
                Ok((place, Arc::new(default)))
            }
            (found, _) => {
                let place = found?;
                let old = self.unrestricted(&place)?;
                Ok((place, old))
            }
        }
    }

    /// A version that REST may change.
    pub(super) fn unrestricted(&self, place: &Place) -> Result<Arc<Resource>, Refusal> {
        let versions = self.tree.versions(&place.kind, place.name.as_deref());
        let resource = versions.and_then(|v| v.get(&place.collection)).cloned();
        let resource =
            resource.ok_or_else(|| Refusal::new(404, format!("There is no such resource of type {}", place.kind)))?;
        if resource.manifest.restricted() {
            return Err(Refusal::new(403, "The resource is restricted"));
        }
        Ok(resource)
    }

    /// Whether a version may appear there. One of the collection `leaving` goes in the same step.
    pub(super) fn may_create(&self, place: &Place, leaving: Option<&str>) -> Result<(), Refusal> {
        if !self.tree.collections.contains(&place.collection) {
            return Err(Refusal::field("collection", "does not exist"));
        }
        let Some(versions) = self.tree.versions(&place.kind, place.name.as_deref()) else { return Ok(()) };
        if versions.contains_key(&place.collection) {
            return Err(Refusal::new(CONFLICT_STATUS, "A resource of this name exists already"));
        }
        let chain = self.tree.collections.chain();
        let farther = chain.iter().skip_while(|c| **c != place.collection).filter(|c| Some(**c) != leaving);
        if farther.filter_map(|c| versions.get(*c)).any(|r| !r.manifest.overridable()) {
            return Err(Refusal::field("collection", "cannot override a resource that is not overridable"));
        }
        Ok(())
    }
}

/// A singleton that was never written, as it answers with `defaultIfUndefined` (fact sheet 2.5).
pub(crate) fn undefined(rules: &Rules) -> Option<Resource> {
    let config = rules.default?();
    Some(Resource::new(Manifest::new(None), Some(config), None, BTreeMap::new()))
}

/// The rules of a kind that REST can change.
pub(super) fn modelled(kind: &Kind) -> Result<&'static Rules, Refusal> {
    kinds::find(kind).ok_or_else(|| Refusal::new(404, format!("{kind} is not simulated")))
}

fn place(rules: &Rules, kind: &Kind, draft: &Draft, collection: &str) -> Result<Place, Refusal> {
    let name = if rules.singleton { None } else { Some(named(draft.name.as_deref())?) };
    let collection = draft.collection.clone().unwrap_or_else(|| collection.to_owned());
    Ok(Place { collection, kind: kind.clone(), name })
}

/// A name that a resource can have.
pub(super) fn named(name: Option<&str>) -> Result<String, Refusal> {
    match name {
        Some(name) if is_name(name) => Ok(name.to_owned()),
        Some(_) => Err(Refusal::field("name", "cannot be the name of a resource")),
        None => Err(Refusal::field("name", "is required")),
    }
}

/// Whether the caller knows the latest version.
pub(super) fn current(signature: &str, given: Option<&str>) -> Result<(), Refusal> {
    match given {
        Some(given) if given == signature => Ok(()),
        Some(_) => Err(Refusal::new(
            STALE_SIGNATURE_STATUS,
            "The signature is stale: the resource was changed in the meantime",
        )),
        None => Err(Refusal::field("signature", "is required")),
    }
}

fn checked(rules: &Rules, resource: Resource, actor: &str) -> Result<Resource, Refusal> {
    let mut fields = Vec::new();
    for (whole, prefix, value) in
        [("config", "", &resource.config), ("backupConfig", "backupConfig.", &resource.backup_config)]
    {
        for finding in value.iter().flat_map(|v| rules.check(v)) {
            let field = if finding.field.is_empty() { whole.to_owned() } else { format!("{prefix}{}", finding.field) };
            fields.push((field, finding.message));
        }
    }
    if fields.is_empty() { Ok(stamped(resource, actor)) } else { Err(Refusal::invalid(fields)) }
}

/// Notes who made it, and when (fact sheet 7.2).
pub(super) fn stamped(mut resource: Resource, actor: &str) -> Resource {
    let now = UNIX_EPOCH + Duration::from_millis(epoch_ms());
    let timestamp = humantime::format_rfc3339_millis(now).to_string();
    resource.manifest.stamp(actor, &timestamp, &resource.signature);
    resource
}
