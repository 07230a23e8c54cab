//! `unlock`: takes the lease away from a run that no longer lives, after saying whose it was.

use std::time::SystemTime;

use super::{Context, lease, open};
use crate::cli::UnlockArgs;
use crate::error::{Class, Failure};
use crate::holder::Life;
use crate::report::Outcome;

pub(super) async fn run(args: &UnlockArgs, context: &Context) -> Result<Outcome, Failure> {
    let stack = match open::optional_name(args.name.as_ref())? {
        Some(name) => name,
        None => open::project(&context.settings.cwd, None)?.stack.name,
    };
    let docker = context.engine().await?;
    let Some(holder) = docker.lease_holder(&stack).await? else {
        return Ok(Outcome::Unlock { stack: stack.to_string(), held_by: None });
    };
    let told = holder.told(SystemTime::now());
    let seen = match lease::life(&holder) {
        Life::Lives => "; it still runs, and two runs at once may undo each other's work",
        Life::Unknown => "; whether it still runs cannot be seen from here",
        Life::Ended => "; it no longer runs",
    };
    let sure = args.yes || lease::life(&holder) == Life::Ended;
    if !sure && !context.settings.can_ask {
        return Err(Failure::new(Class::Refused, format!("{stack} is held by {told}{seen}"))
            .seen("nothing was touched")
            .advise(format!("when you know that it no longer runs: ignition-stack unlock {stack} --yes")));
    }
    if !sure {
        let question = format!("{stack} is held by {told}{seen}. Release it? Type yes to go on:");
        let typed = context.ask(question).await?;
        if typed != "yes" {
            return Err(Failure::new(Class::Refused, format!("{typed:?} is not yes: nothing was touched")));
        }
    }
    let _under_way = context.cancel.under_way();
    docker.remove_lease(&stack, &holder, &lease::holder("unlock", &stack)).await?;
    Ok(Outcome::Unlock { stack: stack.to_string(), held_by: Some(told) })
}
