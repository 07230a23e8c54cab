//! `create`: resolve and write the project, or print what it would be.

use std::path::{Path, PathBuf};

use super::design::{self, Design};
use super::{Context, open};
use crate::blueprint::{self, Blueprint, SecretName};
use crate::cli::{CreateArgs, FormatWord, ShapeArgs};
use crate::engine::Secrets;
use crate::error::{Class, Failure};
use crate::project;
use crate::render;
use crate::report::{Event, Outcome};
use crate::spec;
use crate::stack::Stack;

pub(super) fn run(args: &CreateArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let Design { stack, passwords, notices } = design::new_stack(name.as_ref(), &args.shape, &context.settings)?;
    for notice in notices {
        context.event(Event::Warning(notice));
    }
    if args.dry_run {
        let json = match args.output_format {
            Some(format) => format == FormatWord::Json,
            None => context.settings.json,
        };
        let dump = stack.dump();
        return Ok(Outcome::Raw { text: if json { spec::dump_json(&dump) } else { spec::dump_yaml(&dump) } });
    }
    if let Some(warning) = design::check_size(&stack, None, args.shape.force)? {
        context.event(Event::Warning(warning));
    }
    let directory = directory(&context.settings.cwd, &args.shape, &stack);
    let (files, _) = write(&stack, &blueprint::build(&stack), &directory, passwords, &args.shape)?;
    Ok(Outcome::Create { stack: stack.name.to_string(), directory: directory.display().to_string(), files })
}

/// Where the project is or will be.
pub(super) fn directory(cwd: &Path, shape: &ShapeArgs, stack: &Stack) -> PathBuf {
    let parent = shape.output_dir.as_ref().map_or_else(|| cwd.to_owned(), |given| cwd.join(given));
    parent.join(stack.name.as_str())
}

/// Everything that a project holds but its secrets.
pub(super) fn tree(stack: &Stack, blueprint: &Blueprint) -> Result<render::Tree, Failure> {
    render::tree(stack, blueprint, spec::dump_json(&stack.dump()))
        .map_err(|e| Failure::new(Class::Usage, e.to_string()))
}

/// Writes the whole project at once; returns its files and its secrets: fresh ones, but for those that were given.
pub(super) fn write(
    stack: &Stack,
    blueprint: &Blueprint,
    directory: &Path,
    given: Secrets,
    shape: &ShapeArgs,
) -> Result<(Vec<String>, Secrets), Failure> {
    let tree = tree(stack, blueprint)?;
    let names = render::secret_names(blueprint);
    let mut secrets = project::generate(&names)?;
    secrets.extend(given.into_iter().filter(|(name, _)| names.contains(name)));
    if let Some(file) = &shape.admin_password_file {
        secrets.insert(SecretName::admin(), project::read_value(file)?);
    }
    project::write(directory, &stack.name, &tree, &secrets)?;
    let mut files: Vec<String> = tree.files.into_keys().collect();
    files.push(".env".to_owned());
    files.extend(names.iter().map(|n| format!("{}/{}", project::SECRETS_DIR, n.0)));
    files.sort();
    Ok((files, secrets))
}
