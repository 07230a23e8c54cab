//! `--from-file`: a configuration file -> a resolved stack, with the passwords that stood in it.

use std::path::Path;

use uuid::Uuid;

use super::design::{self, Design};
use crate::architecture;
use crate::blueprint::SecretName;
use crate::cli::ShapeArgs;
use crate::error::{Class, Failure};
use crate::project;
use crate::render;
use crate::settings::Settings;
use crate::spec::{self, Loaded, PasswordOf, Problems};
use crate::stack::{Name, resolve};

/// The stack of a file. The name that was typed wins over the file's; under another name, without an identity in the file, or
/// with `--new-identity` it gets `fresh` as its identity.
pub(super) fn design(
    file: &Path,
    name: Option<&Name>,
    shape: &ShapeArgs,
    settings: &Settings,
    fresh: Uuid,
) -> Result<Design, Failure> {
    let beside = design::shaping_flags(shape).into_iter().filter(|flag| *flag != "--redundant").collect::<Vec<_>>();
    if !beside.is_empty() {
        return Err(Failure::new(
            Class::Usage,
            format!("{} cannot stand beside --from-file: the file says what the stack is", beside.join(", ")),
        )
        .advise("leave them out, or write them into the file"));
    }
    let shown = if file.as_os_str() == "-" { "standard input".to_owned() } else { file.display().to_string() };
    let invalid = |problems: Problems| Failure::of_file(&shown, "configuration", problems);
    let text = project::read_configuration(&in_directory(&settings.cwd, file))?;
    let mut loaded = spec::load_and_judge(&text, |spec| {
        let (name, stack_id) = (name.map_or_else(|| spec.name.clone(), Name::to_string), spec.stack_id.or(Some(fresh)));
        resolve(&spec::Spec { name, stack_id, ..spec.clone() }).err().unwrap_or_default()
    })
    .map_err(invalid)?;
    if let Some(name) = name.filter(|name| name.as_str() != loaded.spec.name) {
        loaded.spec.name = name.to_string();
        loaded.spec.stack_id = Some(fresh);
    }
    if shape.new_identity || loaded.spec.stack_id.is_none() {
        loaded.spec.stack_id = Some(fresh);
    }
    if let Some(word) = &shape.redundant {
        architecture::make_redundant(&mut loaded.spec, word)?;
    }
    let (stack, mut problems) = match resolve(&loaded.spec) {
        Ok(stack) => (Some(stack), Problems::default()),
        Err(problems) => (None, problems),
    };
    for password in &loaded.passwords {
        if let Some(rule) = render::secret_rule(&password.value) {
            problems.add(&password.path, format!("cannot be a password of the project: {rule}"));
        }
    }
    match stack {
        Some(stack) if problems.0.is_empty() => {
            let notices = notices(&loaded, &shown);
            let passwords = loaded.passwords.into_iter().map(|p| (secret_of(&p.of), p.value)).collect();
            Ok(Design { stack, passwords, notices })
        }
        _ => Err(invalid(loaded.locate(problems))),
    }
}

fn in_directory(cwd: &Path, file: &Path) -> std::path::PathBuf {
    if file.as_os_str() == "-" { file.to_owned() } else { cwd.join(file) }
}

fn secret_of(of: &PasswordOf) -> SecretName {
    match of {
        PasswordOf::Admin => SecretName::admin(),
        PasswordOf::Service(id) => SecretName::service(id),
    }
}

fn notices(loaded: &Loaded, file: &str) -> Vec<String> {
    let mut notices: Vec<String> = loaded.notices.iter().map(|notice| format!("{file}: {notice}")).collect();
    if !loaded.passwords.is_empty() {
        let each: Vec<_> = loaded
            .passwords
            .iter()
            .map(|p| format!("{} into {}/{}", p.path, project::SECRETS_DIR, secret_of(&p.of).0))
            .collect();
        notices.push(format!(
            "{file}: its passwords go into the project's secrets and not into the record: {}",
            each.join(", ")
        ));
    }
    notices
}
