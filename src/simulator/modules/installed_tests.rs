//! Tests of the verdict on modules.

use super::*;
use crate::simulator::modules::Accepted;

fn content(id: &str, version: &str, requires: &str) -> Content {
    Content {
        id: id.to_owned(),
        name: format!("Module {id}"),
        version: version.to_owned(),
        requires: requires.to_owned(),
        certificate: Some("c".to_owned()),
        license: Some("l".to_owned()),
    }
}

fn file(name: &str, content: Result<Content, Broken>) -> ModuleFile {
    ModuleFile { path: format!("/modules/{name}").into(), filename: name.to_owned(), content }
}

fn installed(files: Vec<ModuleFile>) -> Installed {
    Installed { version: "8.3.9".to_owned(), files, ..Installed::default() }
}

fn all_accepted(installed: &Installed) -> Register {
    let ids: Vec<String> = installed.third_party().map(|(_, c)| c.id.clone()).collect();
    let mut register = Register::default();
    Accepted { certificates: ids.clone(), licenses: ids }.apply(installed, &mut register);
    register
}

fn third_party(modules: &Modules) -> Vec<&str> {
    modules.healthy.iter().filter(|m| m.file.is_some()).map(|m| m.id.as_str()).collect()
}

fn reasons(modules: &Modules) -> Vec<(&str, bool, bool, &str)> {
    let held = modules.quarantined.iter();
    held.map(|q| (q.module.id.as_str(), q.cert_accepted, q.license_accepted, q.reason.as_str())).collect()
}

#[test]
fn the_whitelist_is_strict_and_wants_full_identifiers() {
    let mut of = installed(vec![file("x.modl", Ok(content("com.x", "1", "8.3.0")))]);
    let register = all_accepted(&of);
    let open = of.judge(&register);
    assert_eq!((open.healthy.len(), open.quarantined.len()), (33, 0));
    of.whitelist = Whitelist::of_variable(Some("com.inductiveautomation.opcua, perspective,com.other"));
    let strict = of.judge(&register);
    assert_eq!(strict.healthy.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["com.inductiveautomation.opcua"]);
    assert_eq!(strict.quarantined.len(), 32);
    assert_eq!(reasons(&strict)[31], ("com.x", true, true, "not named in GATEWAY_MODULES_ENABLED"));
    of.whitelist = Whitelist::of_variable(Some(""));
    assert!(of.judge(&register).healthy.is_empty());
    of.whitelist = Whitelist::of_variable(Some("com.x"));
    assert_eq!(third_party(&of.judge(&register)), ["com.x"]);
    assert_ne!(open.hash(), strict.hash());
}

#[test]
fn what_nobody_accepted_waits_and_says_for_what() {
    let of = installed(vec![
        file("x.modl", Ok(content("com.x", "1", "8.3.0"))),
        file("y.modl", Ok(content("com.y", "1", "8.3"))),
    ]);
    let mut register = Register::default();
    Accepted { certificates: vec!["com.x".to_owned(), "com.z".to_owned()], licenses: vec!["com.y".to_owned()] }
        .apply(&of, &mut register);
    let modules = of.judge(&register);
    let waiting: Vec<_> =
        modules.waiting.iter().map(|w| (w.module.id.as_str(), w.cert_accepted, w.license_accepted)).collect();
    assert_eq!(waiting, [("com.x", true, false), ("com.y", false, true)]);
    assert!(third_party(&modules).is_empty() && modules.quarantined.is_empty());
    let held = modules.without_waiting();
    assert!(held.waiting.is_empty());
    assert_eq!(reasons(&held)[0].0, "com.x");
    assert_eq!((reasons(&held)[0].1, reasons(&held)[0].2), (true, false));
    assert_eq!(third_party(&of.judge(&all_accepted(&of))), ["com.x", "com.y"]);
}

#[test]
fn what_is_held_back_is_not_asked_about() {
    let mut of = installed(vec![file("x.modl", Ok(content("com.x", "1", "8.3.0")))]);
    of.whitelist = Whitelist::of_variable(Some("com.y"));
    let modules = of.judge(&Register::default());
    assert!(modules.waiting.is_empty());
    assert!(reasons(&modules).contains(&("com.x", false, false, "not named in GATEWAY_MODULES_ENABLED")));
}

#[test]
fn a_module_for_another_version_of_ignition_is_quarantined() {
    for (requires, runs) in [
        ("8.3.0", true),
        ("8.3", true),
        ("8.3.9", true),
        ("8.3.10", false),
        ("8.4.0", false),
        ("9.0.0", false),
        ("8.1.20", false),
    ] {
        let of = installed(vec![file("x.modl", Ok(content("com.x", "1", requires)))]);
        let modules = of.judge(&all_accepted(&of));
        assert_eq!(third_party(&modules).len(), usize::from(runs), "{requires}");
        if !runs {
            let reason = format!("needs Ignition {requires}, and this is 8.3.9");
            assert_eq!(reasons(&modules), [("com.x", true, true, reason.as_str())]);
        }
    }
}

#[test]
fn of_several_files_of_one_module_the_newest_that_fits_runs() {
    let of = installed(vec![
        file("a.modl", Ok(content("com.x", "1.9.0", "8.3.0"))),
        file("b.modl", Ok(content("com.x", "1.10.0", "8.3.0"))),
        file("c.modl", Ok(content("com.x", "2.0.0", "8.4.0"))),
        file("d.modl", Ok(content("com.x", "1.10.0", "8.3.0"))),
        file("e.modl", Ok(content("com.inductiveautomation.opcua", "99", "8.3.0"))),
    ]);
    let modules = of.judge(&all_accepted(&of));
    let running: Vec<_> = modules.healthy.iter().filter(|m| m.file.is_some()).collect();
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].file.as_deref(), Some("/modules/b.modl".as_ref()));
    let why: Vec<&str> = reasons(&modules).iter().map(|r| r.3).collect();
    let other = "another file has this module: b.modl";
    assert_eq!(why, [other, other, other, "comes with the gateway already"]);
}

#[test]
fn a_broken_file_is_quarantined_when_it_has_an_identifier() {
    let broken = |id: Option<&str>| Broken {
        id: id.map(str::to_owned),
        reason: "has no version".to_owned(),
        ..Broken::default()
    };
    let of = installed(vec![file("x.modl", Err(broken(Some("com.x")))), file("y.modl", Err(broken(None)))]);
    assert_eq!(reasons(&of.judge(&Register::default())), [("com.x", false, false, "x.modl has no version")]);
}

#[test]
fn an_unsigned_module_runs_only_where_the_gateway_was_told_so() {
    let unsigned = Content { certificate: None, ..content("com.x", "1", "8.3.0") };
    let mut of = installed(vec![file("x.modl", Ok(unsigned))]);
    let register = all_accepted(&of);
    assert_eq!(reasons(&of.judge(&register)), [("com.x", false, true, "is not signed")]);
    of.allow_unsigned = true;
    assert_eq!(third_party(&of.judge(&register)), ["com.x"]);
    assert_eq!(of.judge(&Register::default()).waiting.len(), 1, "the licence agreement is asked about all the same");
}

#[test]
fn a_module_that_is_switched_off_neither_runs_nor_asks() {
    let of = installed(vec![file("x.modl", Ok(content("com.x", "1", "8.3.0")))]);
    let text = r#"{"com.x":{"onStartup":"disabled"},"com.inductiveautomation.sfc":{"onStartup":"disabled"}}"#;
    let modules = of.judge(&Register::parse(text.as_bytes()).unwrap());
    let off: Vec<&str> = modules.disabled.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(off, ["com.inductiveautomation.sfc", "com.x"]);
    assert!(modules.waiting.is_empty() && modules.quarantined.is_empty() && !modules.runs("com.x"));
}

#[test]
fn the_hash_counts_modules_of_third_parties_and_their_versions() {
    let hash = |version: &str| {
        let of = installed(vec![file("x.modl", Ok(content("com.x", version, "8.3.0")))]);
        of.judge(&all_accepted(&of)).hash()
    };
    assert_ne!(hash("1"), hash("2"));
    assert_ne!(hash("1"), installed(Vec::new()).judge(&Register::default()).hash());
    assert_eq!(hash("1"), hash("1"));
}
