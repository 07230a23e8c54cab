//! An object on the engine that is in the way of a stack and was not made for it. Pure.

use std::fmt;

/// An object that has a name of a stack, and not its labels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ForeignObject {
    /// What it is.
    pub kind: Kind,
    /// Its name on the engine.
    pub name: String,
    /// The stack that its label names: another one of that name.
    pub stack: Option<String>,
    /// Whether it has no label at all.
    pub bare: bool,
}

/// Kind of an object on the engine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Network.
    Network,
    /// Volume.
    Volume,
    /// Container.
    Container,
}

impl ForeignObject {
    /// Whether it may be what an engine left that ended while it made a volume: it makes the volume first and notes its labels then (Docker
    /// 20.10, `volume/service/store.go`). Such a volume cannot be told from somebody else's, so it is never removed without being asked.
    fn may_be_left(&self) -> bool {
        self.kind == Kind::Volume && self.bare
    }
}

/// What can be done about objects of other stacks.
const OTHERS: &str =
    "choose another name; or see whose it is (ignition-stack list) and take that down, when it is not needed";

/// What can be done about one of all that are in the way; the same for all of its sort.
pub fn advice(object: &ForeignObject, all: &[ForeignObject]) -> String {
    if !object.may_be_left() {
        return OTHERS.to_owned();
    }
    let names: Vec<&str> = all.iter().filter(|o| o.may_be_left()).map(|o| o.name.as_str()).collect();
    format!(
        "docker volume rm {}   (when nobody needs what is in it: an engine that ends while it makes a volume leaves one without labels, and empty)",
        names.join(" ")
    )
}

/// What can be done about all of them.
pub fn advice_for_all(all: &[ForeignObject]) -> String {
    match all.iter().find(|object| !object.may_be_left()).or(all.first()) {
        Some(object) => advice(object, all),
        None => OTHERS.to_owned(),
    }
}

impl fmt::Display for ForeignObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Network => "network",
            Kind::Volume => "volume",
            Kind::Container => "container",
        };
        write!(f, "{kind} {}", self.name)?;
        match &self.stack {
            Some(stack) => write!(f, " (of another stack named {stack})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_volumes_without_labels_may_be_what_an_engine_left() {
        let object = |kind, name: &str, bare| ForeignObject { kind, name: name.to_owned(), stack: None, bare };
        let (hub, spoke) = (object(Kind::Volume, "demo_hub-data", true), object(Kind::Volume, "demo_spoke-data", true));
        let others = [
            object(Kind::Volume, "demo_hub-data", false),
            object(Kind::Network, "demo_hub", true),
            object(Kind::Container, "demo-hub-1", true),
        ];
        let both = [hub.clone(), spoke.clone()];
        assert!(advice_for_all(&both).starts_with("docker volume rm demo_hub-data demo_spoke-data   "), "{both:?}");
        assert_eq!(advice(&hub, &both), advice(&spoke, &both));
        for other in others {
            assert_eq!(advice(&other, std::slice::from_ref(&other)), OTHERS);
            let mixed = [hub.clone(), other];
            assert_eq!(advice_for_all(&mixed), OTHERS);
            assert!(advice(&mixed[0], &mixed).starts_with("docker volume rm demo_hub-data   "), "{mixed:?}");
        }
        let named = ForeignObject { stack: Some("demo".to_owned()), ..hub };
        assert_eq!(named.to_string(), "volume demo_hub-data (of another stack named demo)");
    }
}
