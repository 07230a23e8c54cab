//! Every shape in short, for people to review: files and modes, services with networks, ports, order and variables, seeds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ignition_stack::stack::Architecture;

use super::compose::{keys, read, services, texts};
use super::{ID, Project, Shape, seeds};

fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn short(shape: Shape) -> String {
    let project = Project::of(shape, ID);
    let mut text = format!("=== {}\n", shape.title());
    let mut modes: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (path, file) in &project.tree.files {
        modes.entry(file.mode).or_default().push(path);
    }
    for (mode, paths) in modes {
        let paths = paths.into_iter().filter(|path| !path.contains("/data/"));
        writeln!(text, "{mode:o} {}", joined(paths)).unwrap();
    }
    let file = read(&project);
    writeln!(text, "networks {}; volumes {}", joined(keys(&file["networks"])), joined(keys(&file["volumes"]))).unwrap();
    let mut variables: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, service) in services(&file) {
        let told = [
            ("on", joined(texts(&service["networks"]))),
            ("ports", joined(texts(&service["ports"]))),
            ("after", joined(keys(&service["depends_on"]))),
            ("routes", joined(routes(service))),
        ];
        let told = told.iter().filter(|(_, list)| !list.is_empty()).map(|(word, list)| format!("; {word} {list}"));
        writeln!(text, "{name}{}", told.collect::<String>()).unwrap();
        variables.entry(joined(keys(&service["environment"]))).or_default().push(name);
    }
    for (variables, services) in variables.into_iter().filter(|(variables, _)| !variables.is_empty()) {
        writeln!(text, "env of {}\n  {variables}", joined(services)).unwrap();
    }
    let mut lists: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for gateway in &project.stack.gateways {
        let name = gateway.name.as_str();
        let lines = seeds::list(&project, name);
        let lines: Vec<_> = lines.iter().map(|(when, what, path)| format!("  {when} {what} {path}\n")).collect();
        lists.entry(lines.concat().replace(&format!("key:{name}.pfx"), "key:ITS-OWN.pfx")).or_default().push(name);
    }
    for (lines, gateways) in lists {
        write!(text, "seeds of {}\n{lines}", joined(gateways)).unwrap();
    }
    text
}

/// The names of the routes that a service's labels open.
fn routes(service: &serde_json::Value) -> impl Iterator<Item = &str> {
    let labels = keys(&service["labels"]).into_iter();
    labels.filter_map(|key| key.strip_prefix("traefik.http.routers.")?.strip_suffix(".rule"))
}

/// A shape behind a proxy in shorter: the lines that it has not in common with the one that publishes its ports.
fn beside(shape: Shape) -> String {
    let (with, without) = (short(shape), short(Shape { proxy: None, ..shape }));
    let only = |one: &str, other: &str, mark: char| {
        let lines = one.lines().skip(1).filter(|line| !other.lines().any(|o| o == *line));
        lines.fold(String::new(), |text, line| text + &format!("{mark} {line}\n"))
    };
    format!("=== {}\n{}{}", shape.title(), only(&without, &with, '-'), only(&with, &without, '+'))
}

fn golden(architecture: Architecture) {
    let shapes = Shape::all().into_iter().filter(|shape| shape.architecture == architecture);
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    let text = shapes
        .map(|shape| if shape.proxy.is_some() { beside(shape) } else { short(shape) })
        .collect::<Vec<_>>()
        .join("\n");
    settings.bind(|| insta::assert_snapshot!(architecture.word().replace('-', "_"), text));
}

#[test]
fn golden_basic() {
    golden(Architecture::Basic);
}

#[test]
fn golden_scale_out() {
    golden(Architecture::ScaleOut);
}

#[test]
fn golden_hub_and_spoke() {
    golden(Architecture::HubAndSpoke);
}
