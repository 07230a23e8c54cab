//! The acceptance of third-party modules' certificates and licence agreements (fact sheet 6.2, 6.4), by variable and by wizard. Where
//! it is kept is the register's matter.

use serde::Deserialize;

use super::{Installed, Register};
use crate::simulator::error::SimulatorError;
use crate::simulator::start::environment::Environment;
use crate::simulator::unknown::MODULE_LISTS_ARE_TRIMMED;

/// What somebody accepts, by identifier.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Accepted {
    /// Modules whose certificate is trusted.
    pub(crate) certificates: Vec<String>,
    /// Modules whose licence agreement is accepted.
    pub(crate) licenses: Vec<String>,
}

impl Accepted {
    /// What the variables accept.
    pub(crate) fn of_variables(env: &Environment) -> Result<Self, SimulatorError> {
        let list = |name: &str| env.text(name).map(|text| text.as_deref().map(identifiers).unwrap_or_default());
        Ok(Self { certificates: list("ACCEPT_MODULE_CERTS")?, licenses: list("ACCEPT_MODULE_LICENSES")? })
    }

    /// Whether every identifier is that of a module of a third party that is there.
    pub(crate) fn knows_all(&self, installed: &Installed) -> bool {
        let known: Vec<&str> = installed.third_party().map(|(_, content)| content.id.as_str()).collect();
        self.certificates.iter().chain(&self.licenses).all(|id| known.contains(&id.as_str()))
    }

    /// Notes it for the modules that are there, also for those that are held back. Identifiers of others are passed over.
    pub(crate) fn apply(&self, installed: &Installed, register: &mut Register) {
        for (file, content) in installed.third_party() {
            if content.certificate.is_some() && self.certificates.contains(&content.id) {
                register.trust(content, &file.filename);
            }
            if content.license.is_some() && self.licenses.contains(&content.id) {
                register.license(content, &file.filename);
            }
        }
    }
}

fn identifiers(list: &str) -> Vec<String> {
    list.split(',').map(|id| if MODULE_LISTS_ARE_TRIMMED { id.trim() } else { id }.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(variables: &[(&str, &str)]) -> Accepted {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Accepted::of_variables(&Environment::new(variables)).unwrap()
    }

    #[test]
    fn the_variables_are_comma_lists_whose_white_space_counts() {
        let found = accepted(&[("ACCEPT_MODULE_CERTS", "a,b, c"), ("ACCEPT_MODULE_LICENSES", "a")]);
        assert_eq!(found.certificates, ["a", "b", " c"]);
        assert_eq!(found.licenses, ["a"]);
        assert_eq!(accepted(&[]), Accepted::default());
    }

    #[test]
    fn both_variables_have_a_form_for_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list");
        fs_err::write(&path, "a,b\n").unwrap();
        let path = path.to_str().unwrap();
        let found = accepted(&[("ACCEPT_MODULE_CERTS_FILE", path), ("ACCEPT_MODULE_LICENSES_FILE", path)]);
        assert_eq!(
            (found.certificates, found.licenses),
            (vec!["a".to_owned(), "b".to_owned()], vec!["a".to_owned(), "b".to_owned()])
        );
    }
}
