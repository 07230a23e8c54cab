//! What `up` works on: the project that is there, or the one that the words describe.

use std::path::PathBuf;

use uuid::Uuid;

use crate::blueprint::{self, Blueprint};
use crate::cli::UpArgs;
use crate::commands::{Context, create, design, open};
use crate::error::{Class, Failure};
use crate::render;
use crate::stack::Stack;

/// What `up` works on.
pub(super) struct Target {
    pub(super) stack: Stack,
    pub(super) blueprint: Blueprint,
    pub(super) directory: PathBuf,
    pub(super) exists: bool,
}

/// The project that is there, or the one that the words describe. Words beside a project that is there must describe it.
pub(super) fn find(args: &UpArgs, context: &Context) -> Result<Target, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let cwd = &context.settings.cwd;
    let from = args.shape.output_dir.as_ref().map_or_else(|| cwd.clone(), |given| cwd.join(given));
    match (open::project(&from, name.as_ref()), name) {
        (Ok(found), _) => {
            if design::shapes(&args.shape) {
                agrees(args, context, &found)?;
            }
            let blueprint = blueprint::build(&found.stack);
            Ok(Target { stack: found.stack, blueprint, directory: found.directory, exists: true })
        }
        (Err(failure), None) => Err(failure),
        (Err(failure), Some(name)) => {
            let directory = from.join(name.as_str());
            if directory.join(render::RECORD_PATH).exists() {
                return Err(failure);
            }
            let stack = design::design(&name, &args.shape, &context.settings, Uuid::new_v4())?;
            let directory = create::directory(cwd, &args.shape, &stack);
            let blueprint = blueprint::build(&stack);
            Ok(Target { stack, blueprint, directory, exists: false })
        }
    }
}

fn agrees(args: &UpArgs, context: &Context, found: &open::Project) -> Result<(), Failure> {
    let mut words = args.shape.clone();
    words.arch = words.arch.or(Some(found.stack.architecture));
    let mut wanted = design::design(&found.stack.name, &words, &context.settings, found.stack.id)?;
    // The knobs of simulated gateways come from the environment of the run that made the project.
    for (wanted, found) in wanted.gateways.iter_mut().zip(&found.stack.gateways) {
        wanted.env.clone_from(&found.env);
    }
    if wanted == found.stack && args.shape.admin_password_file.is_none() {
        return Ok(());
    }
    let name = &found.stack.name;
    Err(Failure::new(
        Class::Refused,
        format!("{} is there already and differs from what the flags describe", found.directory.display()),
    )
    .seen("a project that exists is changed through its record, not through flags")
    .advise(format!("ignition-stack up {name}   (as it is), or choose another name")))
}
