//! What `up` works on: the project that is there, or the one that the words describe.

use std::path::PathBuf;

use crate::blueprint::{self, Blueprint};
use crate::cli::UpArgs;
use crate::commands::design::{self, Design};
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
    /// Secrets that were given with a stack that is not there yet.
    pub(super) passwords: Secrets,
}

/// The project that is there, or the one that the words describe. Words beside a project that is there must describe it.
pub(super) fn find(args: &UpArgs, context: &Context) -> Result<Target, Failure> {
    let mut name = open::optional_name(args.name.as_ref())?;
    let cwd = &context.settings.cwd;
    let from = args.shape.output_dir.as_ref().map_or_else(|| cwd.clone(), |given| cwd.join(given));
    let mut described = None;
    if args.shape.from_file.is_some() {
        let design = design::new_stack(name.as_ref(), &args.shape, &context.settings)?;
        name = Some(design.stack.name.clone());
        described = Some(design);
    }
    match (open::project(&from, name.as_ref()), name) {
        (Ok(found), _) => {
            let given = args.shape.from_file.is_some() || args.shape.admin_password_file.is_some();
            if given || !design::shaping_flags(&args.shape).is_empty() {
                agrees(args, context, described, &found)?;
            }
            let blueprint = blueprint::build(&found.stack);
            let passwords = Secrets::new();
            Ok(Target { stack: found.stack, blueprint, directory: found.directory, exists: true, passwords })
        }
        (Err(failure), None) => Err(failure),
        (Err(failure), Some(name)) => {
            let directory = from.join(name.as_str());
            if directory.join(render::RECORD_PATH).exists() {
                return Err(failure);
            }
            let design = match described {
                Some(design) => design,
                None => design::new_stack(Some(&name), &args.shape, &context.settings)?,
            };
            for notice in design.notices {
                context.event(Event::Warning(notice));
            }
            let directory = create::directory(cwd, &args.shape, &design.stack);
            let blueprint = blueprint::build(&design.stack);
            Ok(Target { stack: design.stack, blueprint, directory, exists: false, passwords: design.passwords })
        }
    }
}

fn agrees(args: &UpArgs, context: &Context, described: Option<Design>, found: &open::Project) -> Result<(), Failure> {
    let mut wanted = if let Some(design) = described {
        let mut stack = design.stack;
        // A file without an identity of its own, or one for a stack of another name, says nothing of it.
        if !args.shape.new_identity {
            stack.id = found.stack.id;
        }
        stack
    } else {
        let mut words = args.shape.clone();
        words.arch = words.arch.or(Some(found.stack.architecture));
        let mut wanted = design::design(Some(&found.stack.name), &words, &context.settings, found.stack.id)?.stack;
        // The knobs of simulated gateways come from the environment of the run that made the project.
        for (wanted, found) in wanted.gateways.iter_mut().zip(&found.stack.gateways) {
            wanted.env.clone_from(&found.env);
        }
        wanted
    };
    // Those that are free now are not those that were free then.
    if args.shape.auto_ports && wanted.gateways.len() == found.stack.gateways.len() {
        for (wanted, found) in wanted.gateways.iter_mut().zip(&found.stack.gateways) {
            wanted.http_port = found.http_port;
        }
    }
    if wanted == found.stack && args.shape.admin_password_file.is_none() {
        return Ok(());
    }
    let name = &found.stack.name;
    Err(Failure::new(
        Class::Refused,
        format!(
            "{} is there already and differs from what {} describe{}",
            found.directory.display(),
            if args.shape.from_file.is_some() { "the file" } else { "the flags" },
            if args.shape.from_file.is_some() { "s" } else { "" }
        ),
    )
    .seen("a project that exists is changed through its record, not through flags")
    .advise(format!("ignition-stack up {name}   (as it is), or choose another name")))
}
