//! What a gateway takes over at its first start and never again (fact sheet 6.4, 7.3): kept as a label of its data volume, so that
//! a record that says something else later is noticed. Pure.

use serde::{Deserialize, Serialize};

use super::seeded_databases;
use crate::stack::{Gateway, Stack};

/// What the data of a gateway began with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FirstStart {
    edition: String,
    admin_username: String,
    databases: Vec<String>,
}

/// One thing in which the record differs from what the data began with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsettled {
    /// Its place in the record.
    pub path: String,
    /// What the record says.
    pub wanted: String,
    /// What the data began with.
    pub began: String,
}

impl FirstStart {
    /// What the first start of a gateway takes over from this stack.
    pub fn of(stack: &Stack, gateway: &Gateway) -> Self {
        Self {
            edition: gateway.edition.word().to_owned(),
            admin_username: stack.admin_username.clone(),
            databases: seeded_databases(stack, gateway).map(ToString::to_string).collect(),
        }
    }

    /// The text of the label.
    pub fn label(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Reads the label of a volume; nothing when it is not ours to read.
    pub fn read(label: &str) -> Option<Self> {
        serde_json::from_str(label).ok()
    }

    /// Everything in which data that began like this is not what the gateway's record says, `index` being its place there.
    pub fn differs(&self, wanted: &Self, index: usize) -> Vec<Unsettled> {
        let databases = |of: &Self| if of.databases.is_empty() { "none".to_owned() } else { of.databases.join(", ") };
        let all = [
            (format!("gateways[{index}].ignition_edition"), wanted.edition.clone(), self.edition.clone()),
            ("admin_username".to_owned(), wanted.admin_username.clone(), self.admin_username.clone()),
            (format!("gateways[{index}].services"), databases(wanted), databases(self)),
        ];
        let unsettled = all.into_iter().filter(|(_, wanted, began)| wanted != began);
        unsettled.map(|(path, wanted, began)| Unsettled { path, wanted, began }).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::fixture;
    use crate::stack::Edition;

    #[test]
    fn what_differs_is_told_with_its_place_in_the_record() {
        let mut stack = fixture::stack();
        let began = FirstStart::of(&stack, &stack.gateways[1]);
        assert_eq!(began.label(), r#"{"admin_username":"admin","databases":["db"],"edition":"standard"}"#);
        assert_eq!(began.differs(&began, 1), []);
        stack.gateways[1].edition = Edition::Edge;
        stack.gateways[1].attachments.clear();
        "root".clone_into(&mut stack.admin_username);
        let told: Vec<_> = began.differs(&FirstStart::of(&stack, &stack.gateways[1]), 1);
        let told: Vec<_> = told.iter().map(|u| format!("{}: {} for {}", u.path, u.wanted, u.began)).collect();
        assert_eq!(
            told,
            [
                "gateways[1].ignition_edition: edge for standard",
                "admin_username: root for admin",
                "gateways[1].services: none for db",
            ]
        );
    }

    proptest! {
        #[test]
        fn a_label_is_read_as_it_was_written(admin_username in "\\PC{0,20}", databases in prop::collection::vec("[a-z-]{1,9}", 0..3)) {
            let it = FirstStart { edition: "edge".to_owned(), admin_username, databases };
            prop_assert_eq!(FirstStart::read(&it.label()), Some(it));
        }

        #[test]
        fn a_label_of_somebody_else_is_none(text in "\\PC{0,40}") {
            prop_assert_eq!(FirstStart::read(&text), None);
        }
    }
}
