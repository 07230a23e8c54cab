//! Which stack a command is about: its project on disk, or, when only a name is left, what the engine knows.

use std::path::{Path, PathBuf};

use crate::blueprint::{SecretName, seeded_databases};
use crate::engine::FoundStack;
use crate::engine::docker::{Docker, Scope};
use crate::error::{Class, Failure};
use crate::gateway::{self, Credentials, GatewayClient, ProxyClient};
use crate::lifecycle::wait::Clients;
use crate::project;
use crate::settings::Settings;
use crate::spec::{self, Problems};
use crate::stack::{Gateway, Name, Stack, resolve};

/// A project that was read.
pub(super) struct Project {
    /// What its record means.
    pub(super) stack: Stack,
    /// Where it is.
    pub(super) directory: PathBuf,
}

/// A name as typed; `demo/` and `./demo`, which is what a shell completes, mean `demo`.
pub(super) fn name(text: &str) -> Result<Name, Failure> {
    let text = text.strip_prefix("./").unwrap_or(text);
    Name::parse(text.strip_suffix('/').unwrap_or(text)).map_err(|error| Failure::new(Class::Usage, error.to_string()))
}

/// The name as typed, if any.
pub(super) fn optional_name(text: Option<&String>) -> Result<Option<Name>, Failure> {
    text.map(|t| name(t)).transpose()
}

/// Finds and reads a project.
pub(super) fn project(from: &Path, name: Option<&Name>) -> Result<Project, Failure> {
    read(project::find(from, name)?, name)
}

/// Finds and reads a project; with a name also by the directory that the engine's labels tell.
pub(super) async fn project_or_label(
    settings: &Settings,
    docker: &Docker,
    name: Option<&Name>,
) -> Result<Project, Failure> {
    let (found, name) = match (project::find(&settings.cwd, name), name) {
        (Ok(directory), _) => return read(directory, name),
        (Err(error), None) => return Err(error.into()),
        (Err(error), Some(name)) => (error, name),
    };
    let labelled: Vec<FoundStack> = docker.stacks().await?.into_iter().filter(|s| s.name == name.as_str()).collect();
    match labelled.as_slice() {
        [] => Err(found.into()),
        [one] => match own_project(one, name) {
            Some(project) => Ok(project?),
            None => Err(Failure::new(Class::Usage, format!("the project of {name} is gone{}", was_at(one)))
                .seen("its containers or volumes are still on the engine")
                .advise(format!("ignition-stack down {name}   (and --delete-data, when its data may go, too)"))),
        },
        many => Err(ambiguous(name, many)),
    }
}

/// The project of a stack that the engine knows, in the directory that its labels tell; none when another stack is there by now.
fn own_project(found: &FoundStack, name: &Name) -> Option<Result<Project, Failure>> {
    let directory = project::find(found.project_dir.as_ref()?, None).ok()?;
    let read = read(directory, Some(name));
    let is_its = |project: &Project| found.id.as_deref() == Some(project.stack.id.to_string().as_str());
    read.as_ref().map_or(true, is_its).then_some(read)
}

fn was_at(found: &FoundStack) -> String {
    found.project_dir.as_ref().map(|d| format!(" (it was in {})", d.display())).unwrap_or_default()
}

/// Several stacks have one name: nobody may guess which is meant.
fn ambiguous(name: &Name, found: &[FoundStack]) -> Failure {
    let failure = Failure::new(Class::Refused, format!("{} stacks on this engine are named {name}", found.len()));
    let failure = found.iter().fold(failure, |f, s| {
        let place = s.project_dir.as_ref().map_or("directory not known".to_owned(), |d| d.display().to_string());
        f.seen(format!("{place} (stack id {})", s.id.as_deref().unwrap_or("not known")))
    });
    failure.advise("run the command in the directory of the one that is meant")
}

fn read(directory: PathBuf, name: Option<&Name>) -> Result<Project, Failure> {
    let path = directory.join(crate::render::RECORD_PATH);
    let invalid = |problems: Problems| {
        Failure::of_file(&path.display().to_string(), "record", problems)
            .advise("mend it, or restore it from where you keep your projects")
    };
    let judge = |spec: &spec::Spec| resolve(spec).err().unwrap_or_default();
    let loaded = spec::load_and_judge(&project::read_record(&directory)?, judge).map_err(invalid)?;
    let stack = resolve(&loaded.spec).map_err(|problems| invalid(loaded.locate(problems)))?;
    if let Some(name) = name.filter(|n| **n != stack.name) {
        let problem = Problems::one("name", format!("it is the record of {}, and {name} was asked for", stack.name));
        return Err(invalid(loaded.locate(problem)));
    }
    Ok(Project { stack, directory })
}

/// The objects of a stack on the engine: by its record, else by name when the engine knows exactly one of that name.
pub(super) async fn scope(settings: &Settings, docker: &Docker, name: Option<&Name>) -> Result<Scope, Failure> {
    let missing = match project_or_label(settings, docker, name).await {
        Ok(project) => return own(docker, project).await,
        Err(failure) => failure,
    };
    let Some(name) = name else { return Err(missing) };
    let mut found = docker.stacks().await?;
    found.retain(|s| s.name == name.as_str());
    match found.as_slice() {
        [] => Err(Failure::new(
            Class::Usage,
            format!("there is no stack {name}: no project here, and nothing of it on the engine"),
        )
        .advise("ignition-stack list")),
        [one] => match one.id.as_deref().and_then(|id| id.parse().ok()) {
            Some(id) => Ok(Scope { stack: name.clone(), id: Some(id) }),
            None => Err(ambiguous(name, &found)),
        },
        _ => Err(ambiguous(name, &found)),
    }
}

/// The objects of a project's stack. Where there are none, but some of another stack of the same name, nobody may take those for
/// these, nor be told that nothing runs.
async fn own(docker: &Docker, project: Project) -> Result<Scope, Failure> {
    let scope = Scope { stack: project.stack.name, id: Some(project.stack.id) };
    let mut found = docker.stacks().await?;
    found.retain(|s| s.name == scope.stack.as_str() && s.id.is_some());
    let id = project.stack.id.to_string();
    if found.is_empty() || found.iter().any(|s| s.id.as_deref() == Some(&id)) {
        return Ok(scope);
    }
    Err(namesakes(&scope.stack, &id, &project.directory, &found))
}

fn namesakes(name: &Name, id: &str, directory: &Path, found: &[FoundStack]) -> Failure {
    let what = format!(
        "the stack {name} of {} has nothing on this engine, another stack named {name} has",
        directory.display()
    );
    let failure = Failure::new(Class::Refused, what).seen(format!("here it is stack id {id}"));
    let failure = found.iter().fold(failure, |failure, other| {
        let (containers, networks, volumes) = (other.members.len(), other.networks, other.volumes);
        let other_id = other.id.as_deref().unwrap_or("not known");
        failure.seen(format!(
            "on the engine: stack id {other_id}{}: {containers} containers, {networks} networks, {volumes} volumes",
            was_at(other)
        ))
    });
    let failure = failure.seen("nothing was touched");
    let elsewhere = found.iter().find_map(|other| own_project(other, name)?.ok());
    failure.advise(match elsewhere {
        Some(project) => format!("run the command in its directory, {}", project.directory.display()),
        None => format!("its project is gone; to remove it: cd / && ignition-stack down {name}"),
    })
}

/// Names of members as typed; each must be in the stack when its record is there.
pub(super) fn members(texts: &[String], stack: Option<&Stack>) -> Result<Vec<Name>, Failure> {
    let mut names = Vec::new();
    for text in texts {
        let name = name(text)?;
        if let Some(stack) = stack {
            let known: Vec<&Name> =
                stack.gateways.iter().map(|g| &g.name).chain(stack.services.iter().map(|s| &s.id)).collect();
            if !known.contains(&&name) {
                let known: Vec<_> = known.iter().map(|n| n.as_str()).collect();
                return Err(Failure::new(
                    Class::Usage,
                    format!("{} has no gateway or service {name}; known: {}", stack.name, known.join(", ")),
                ));
            }
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Base address of a gateway as this machine reaches it. One behind a proxy publishes no port: where its container is, is seen
/// on the engine, and until then there is nothing at its address.
pub(super) fn base_url(stack: &Stack, gateway: &Gateway, engine_host: Option<&str>) -> String {
    const NOWHERE: &str = "http://127.0.0.1:9";
    if stack.proxy.is_some() {
        return NOWHERE.to_owned();
    }
    let ip = stack.bind_address;
    // What is open on every address of another machine, or on its loopback alone, is asked there and never here: here may be others.
    if let Some(host) = engine_host.filter(|_| ip.is_unspecified() || ip.is_loopback()) {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        return format!("http://{host}:{}", gateway.http_port);
    }
    gateway::url(stack.bind_address, gateway.http_port.get())
}

/// The same for people.
pub(super) fn shown_url(stack: &Stack, gateway: &Gateway, engine_host: Option<&str>) -> String {
    if let Some(route) = stack.route(gateway) {
        return stack.route_url(&route);
    }
    if engine_host.is_none() && (stack.bind_address.is_loopback() || stack.bind_address.is_unspecified()) {
        format!("http://localhost:{}", gateway.http_port)
    } else {
        base_url(stack, gateway, engine_host)
    }
}

/// A client for each gateway, and for the proxy in front of them. Without the password what needs a login stays unknown.
pub(super) fn clients(stack: &Stack, password: Option<&str>, engine_host: Option<&str>) -> Result<Clients, Failure> {
    let gateways = stack
        .gateways
        .iter()
        .map(|gateway| {
            let credentials = password
                .map(|password| Credentials { username: stack.admin_username.clone(), password: password.to_owned() });
            let client = GatewayClient::new(&base_url(stack, gateway, engine_host), credentials)
                .map_err(|error| Failure::new(Class::NotAsItShouldBe, error.to_string()).of(gateway.name.as_str()))?;
            let databases = seeded_databases(stack, gateway).map(ToString::to_string);
            Ok((gateway.name.clone(), client.with_databases(databases)))
        })
        .collect::<Result<_, Failure>>()?;
    let proxy = stack.proxy_address().map(|address| ProxyClient::new(&address)).transpose();
    let proxy = proxy.map_err(|error| Failure::new(Class::NotAsItShouldBe, error.to_string()))?;
    Ok(Clients { gateways, proxy })
}

/// The administrator's password out of the project, or why there is none.
pub(super) fn password(directory: &Path) -> Result<String, Failure> {
    let name = SecretName::admin();
    let mut found = project::load(directory, [&name])?;
    found.remove(&name).ok_or_else(|| Failure::new(Class::Usage, "the project has no administrator's password"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Choice, build};
    use crate::stack::Architecture;

    #[test]
    fn addresses_are_those_of_the_engines_host() {
        let table = [
            ("127.0.0.1", None, "http://127.0.0.1:9088", "http://localhost:9088"),
            ("0.0.0.0", None, "http://127.0.0.1:9088", "http://localhost:9088"),
            ("0.0.0.0", Some("build.example"), "http://build.example:9088", "http://build.example:9088"),
            ("::", Some("fd00::7"), "http://[fd00::7]:9088", "http://[fd00::7]:9088"),
            // Never this machine's own port: that may be another stack's.
            ("127.0.0.1", Some("10.0.0.7"), "http://10.0.0.7:9088", "http://10.0.0.7:9088"),
            ("10.0.0.8", Some("10.0.0.7"), "http://10.0.0.8:9088", "http://10.0.0.8:9088"),
        ];
        for (bind, host, asked, shown) in table {
            let choice = Choice {
                bind_address: Some(bind.to_owned()),
                stack_id: Some(uuid::Uuid::from_u128(1)),
                ..Choice::of("demo", Architecture::Basic)
            };
            let stack = resolve(&build(&choice).unwrap()).unwrap();
            assert_eq!(base_url(&stack, &stack.gateways[0], host), asked, "{bind} {host:?}");
            assert_eq!(shown_url(&stack, &stack.gateways[0], host), shown, "{bind} {host:?}");
        }
    }
}
