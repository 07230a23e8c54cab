//! What `up` works on: the project that is there, as the words change it, or the one that they describe.

use std::path::PathBuf;

use uuid::Uuid;

use crate::blueprint::{self, Blueprint};
use crate::cli::UpArgs;
use crate::commands::change::{self, Changed};
use crate::commands::design;
use crate::commands::taken_ports::Taken;
use crate::commands::{Context, create, open};
use crate::engine::Secrets;
use crate::error::{Class, Failure};
use crate::render;
use crate::report::Event;
use crate::stack::Stack;

/// What `up` works on.
pub(super) struct Target {
    pub(super) stack: Stack,
    pub(super) blueprint: Blueprint,
    pub(super) directory: PathBuf,
    pub(super) exists: bool,
    /// What the record said before the words changed it, where there is one.
    pub(super) recorded: Option<Stack>,
    /// The words make another stack of it.
    pub(super) record: bool,
    /// Secrets that were given and that the project does not have.
    pub(super) passwords: Secrets,
}

impl Target {
    /// Whether the project that was not there when it was looked for is there by now: another first run made it.
    pub(super) fn is_still_as_found(&self) -> Result<(), Failure> {
        if self.exists || !self.directory.join(render::RECORD_PATH).exists() {
            return Ok(());
        }
        Err(Failure::new(Class::Busy, format!("another run made {} meanwhile", self.directory.display()))
            .advise(format!("ignition-stack up {}", self.stack.name)))
    }
}

/// The project that is there, changed by the words beside it, or the one that the words describe.
pub(super) fn find(args: &UpArgs, context: &Context, taken: Option<&Taken>) -> Result<Target, Failure> {
    let mut name = open::optional_name(args.name.as_ref())?;
    let cwd = &context.settings.cwd;
    let from = create::parent(cwd, &args.shape);
    let mut described = None;
    if args.shape.from_file.is_some() {
        let design = design::design(name.as_ref(), &args.shape, &context.settings, Uuid::new_v4())?;
        name = Some(design.stack.name.clone());
        described = Some(design);
    }
    match (open::project(&from, name.as_ref()), name) {
        (Ok(found), _) => {
            let Changed { stack, record, given } = change::changed(&found, described, &args.shape, taken)?;
            let blueprint = blueprint::build(&stack);
            let (directory, recorded) = (found.directory, Some(found.stack));
            Ok(Target { stack, blueprint, directory, exists: true, recorded, record, passwords: given })
        }
        (Err(failure), None) => Err(failure),
        (Err(failure), Some(name)) => {
            let directory = from.join(name.as_str());
            if directory.join(render::RECORD_PATH).exists() {
                return Err(failure);
            }
            let design = match described {
                Some(design) => design::with_ports(design, taken)?,
                None => design::new_stack(Some(&name), &args.shape, &context.settings, taken)?,
            };
            for notice in design.notices {
                context.event(Event::Warning(notice));
            }
            let directory = create::directory(cwd, &args.shape, &design.stack);
            let blueprint = blueprint::build(&design.stack);
            Ok(Target {
                stack: design.stack,
                blueprint,
                directory,
                exists: false,
                recorded: None,
                record: true,
                passwords: design.passwords,
            })
        }
    }
}
