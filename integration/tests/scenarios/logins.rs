//! Intent: an image of a private registry is pulled with what the user's docker login has for it, which nobody else gets to see; what keeps
//! a login away is told by its name.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use bollard::query_parameters::RemoveImageOptionsBuilder;
use ignition_stack_integration::registry::{LOGIN, Mood, PASSWORD, Registry, USER};
use ignition_stack_integration::terminal::Terminal;
use ignition_stack_integration::{Ran, World};

const TAG: &str = "8.3.9";

/// A world with a registry, the directory of a user's configuration, and a directory of helper programs.
struct Private {
    registry: Registry,
    world: World,
}

impl Private {
    fn new(scenario: &str, mood: Mood) -> Option<Self> {
        let registry = Registry::start(mood);
        let world = World::open_with_image(scenario, &registry.reference(TAG))?;
        std::fs::create_dir(world.directory().join("helpers")).unwrap();
        Some(Self { registry, world })
    }

    fn path(&self, name: &str) -> String {
        self.world.directory().join(name).display().to_string()
    }

    fn config(&self, json: &str) {
        std::fs::write(self.path("config.json"), json.replace("HOST", &self.registry.host())).unwrap();
    }

    /// A helper that does what a shell is told.
    fn helper(&self, name: &str, script: &str) {
        let path = self.path(&format!("helpers/docker-credential-{name}"));
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn words(&self) -> Vec<String> {
        let mut words = self.world.create_words(self.world.name(), 0, &["--arch", "basic", "--database", "none"]);
        "up".clone_into(&mut words[0]);
        words.extend(["--no-wait", "-vv"].map(str::to_owned));
        words
    }

    fn env(&self) -> [(&'static str, String); 2] {
        let path = format!("{}:{}", self.path("helpers"), std::env::var("PATH").unwrap());
        [("DOCKER_CONFIG", self.path("")), ("PATH", path)]
    }

    fn up(&self) -> Ran {
        let command = self.world.command(&self.words());
        self.env().iter().fold(command, |command, (key, value)| command.env(key, value)).run()
    }
}

/// The image goes with its world.
impl Drop for Private {
    fn drop(&mut self) {
        let (engine, label) = (&self.world.engine, format!("ignition-stack.stack={}", self.world.name()));
        engine.containers(&label).into_iter().filter_map(|c| c.id).for_each(|id| engine.remove(&id));
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        let _ = engine.wait(engine.docker.remove_image(&self.registry.reference(TAG), Some(options), None));
    }
}

/// Nothing of the login is in what was said, in what was made, or in the project.
fn is_kept_secret(private: &Private, ran: &Ran) {
    let world = &private.world;
    let hides = |what: &str, text: &str| {
        assert!(!text.contains(PASSWORD) && !text.contains(LOGIN), "{what}: {text}");
    };
    hides("stdout", &ran.stdout);
    hides("stderr", &ran.stderr);
    hides("the container", &world.engine.inspect_json(&world.container("gateway")).to_string());
    let found = std::process::Command::new("grep").args(["-rlF", PASSWORD]).arg(world.project(world.name())).output();
    assert_eq!(String::from_utf8_lossy(&found.unwrap().stdout), "");
}

#[test]
fn a_login_of_the_file_is_shown_to_its_registry() {
    for (scenario, mood) in [("login_basic", Mood::Basic), ("login_bearer", Mood::Bearer)] {
        let Some(private) = Private::new(scenario, mood) else { return };
        private.config(&format!(r#"{{"auths": {{"HOST": {{"auth": "{LOGIN}"}}}}}}"#));
        let ran = private.up().expect(0);
        assert!(private.world.engine.runs(&private.world.container("gateway")));
        is_kept_secret(&private, &ran);
    }
}

#[test]
fn a_login_of_another_registry_or_a_wrong_one_does_not_help() {
    let Some(private) = Private::new("login_wrong", Mood::Basic) else { return };
    let denied = ["wants a login", "docker login"];
    private.config(&format!(r#"{{"auths": {{"elsewhere.example": {{"auth": "{LOGIN}"}}}}}}"#));
    private.up().expect(4).says(&denied);
    private.config(r#"{"auths": {"HOST": {"username": "puller", "password": "wrong-canary"}}}"#);
    let ran = private.up().expect(4).says(&denied);
    assert!(!ran.stderr.contains("wrong-canary") && !ran.stdout.contains("wrong-canary"), "{}", ran.stderr);
}

#[test]
fn a_helper_gives_the_login_and_is_named_when_it_does_not() {
    let Some(private) = Private::new("login_helper", Mood::Bearer) else { return };
    private.config(r#"{"credHelpers": {"HOST": "ist"}, "credsStore": "other"}"#);
    // By its name: it is not there yet.
    private.up().expect(4).says(&["docker-credential-ist", "cannot be run", "wants a login"]);
    private.helper("ist", "echo 'the keychain is locked'; exit 1");
    private.up().expect(4).says(&["docker-credential-ist", "the keychain is locked", "wants a login"]);
    // One that has none is no failure.
    private.helper("ist", "echo 'credentials not found in native keychain'; exit 1");
    let ran = private.up().expect(4).says(&["wants a login"]);
    assert!(!ran.stderr.contains("docker-credential"), "{}", ran.stderr);

    let answer = format!(r#"{{"ServerURL": "x", "Username": "{USER}", "Secret": "{PASSWORD}"}}"#);
    let told = private.path("told");
    private.helper("ist", &format!("{{ echo \"$@\"; cat; }} > {told}\ncat <<'END'\n{answer}\nEND"));
    let ran = private.up().expect(0);
    is_kept_secret(&private, &ran);
    let told = std::fs::read_to_string(Path::new(&told)).unwrap();
    assert_eq!(told, format!("get\n{}", private.registry.host()));
}

/// As with Docker's own command line.
#[test]
fn an_image_that_needs_no_login_is_pulled_where_a_helper_fails() {
    let Some(private) = Private::new("login_not_needed", Mood::Fine) else { return };
    private.config(r#"{"credsStore": "ist"}"#);
    private.helper("ist", "echo 'the keychain is locked'; exit 1");
    private.up().expect(0).says(&["without a login", "docker-credential-ist", "the keychain is locked"]);
}

#[test]
fn a_pull_is_shown_on_a_terminal_while_it_goes_on() {
    let Some(private) = Private::new("login_terminal", Mood::Slow(Duration::from_secs(3))) else { return };
    private.config("{}");
    let words: Vec<String> = private.words().into_iter().filter(|word| word != "-vv").collect();
    let env = private.env();
    let env: Vec<(&str, &str)> = env.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let terminal = Terminal::start(private.world.directory(), &words, 160, &env);
    let pull = format!("pull image {}", private.registry.reference(TAG));
    terminal.until("some of the bytes are shown", Duration::from_mins(1), |rows| {
        rows.iter().any(|row| row.contains(&pull) && row.contains(" of 3 MiB"))
    });
    let shown = terminal.end();
    assert_eq!(shown.code, Some(0), "{:#?}", shown.rows);
    let rows = shown.rows.join("\n");
    // What was under way is gone, what was done stays.
    assert!(rows.contains("pulled ") && !rows.contains(" of 3 MiB"), "{rows}");
}
