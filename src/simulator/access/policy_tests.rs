//! Tests of permissions: the defaults, the working policy of fact sheet 3.3, and what is not understood.

use proptest::prelude::*;

use super::*;

fn policy(changes: &Value) -> Policy {
    let mut config = properties("default", "default");
    if let (Some(config), Some(changes)) = (config.as_object_mut(), changes.as_object()) {
        config.extend(changes.clone());
    }
    Policy::parse(&config)
}

fn administrator() -> Vec<Level> {
    levels_of(&["Administrator".to_owned()])
}

#[test]
fn by_default_only_the_administrator_reads_and_writes_and_everybody_sees_the_pages() {
    for policy in [Policy::parse(&json!({})), policy(&json!({}))] {
        assert_eq!(policy.rights(&administrator()), Rights { access: true, read: true, write: true });
        for others in
            [vec![], levels_of(&[]), levels_of(&["Operator".to_owned()]), Level::path(&["Authenticated", "APIKEY"])]
        {
            assert_eq!(policy.rights(&others), Rights { access: true, read: false, write: false });
        }
        assert_eq!((policy.user_source.as_str(), policy.identity_provider.as_str()), ("default", "default"));
    }
}

#[test]
fn the_working_policy_lets_a_token_with_its_own_level_read() {
    let both = json!({"type": "AnyOf", "securityLevels": [
        {"name": "Authenticated", "children": [
            {"name": "APIKEY", "children": []},
            {"name": "Roles", "children": [{"name": "Administrator", "children": []}]},
        ]},
    ]});
    let policy = policy(&json!({"readPermissions": both}));
    let token = Level::path(&["Authenticated", "APIKEY"]);
    assert_eq!(policy.rights(&token), Rights { access: true, read: true, write: false });
    assert_eq!(policy.rights(&administrator()), Rights { access: true, read: true, write: true });
    assert!(!policy.rights(&Level::path(&["Authenticated"])).read);
    assert!(!policy.rights(&Level::path(&["APIKEY"])).read);
}

#[test]
fn all_of_wants_all_and_no_levels_mean_everybody() {
    let two = [Level::path(&["a"]), Level::path(&["b"])].concat();
    let strict = policy(&json!({"readPermissions": {"type": "AllOf", "securityLevels": two}}));
    assert!(!strict.rights(&Level::path(&["a"])).read);
    assert!(strict.rights(&two).read);
    for kind in ["AllOf", "AnyOf"] {
        let open = policy(&json!({"readPermissions": {"type": kind, "securityLevels": []}}));
        assert_eq!(open.rights(&[]), Rights { access: true, read: true, write: false });
    }
}

#[test]
fn write_brings_read_and_read_brings_access() {
    let own = json!({"type": "AnyOf", "securityLevels": Level::path(&["own"])});
    let own_level = Level::path(&["own"]);
    let closed = json!({"type": "AnyOf", "securityLevels": Level::path(&["nobody"])});
    let writer = policy(&json!({"writePermissions": own, "readPermissions": closed, "accessPermissions": closed}));
    assert_eq!(writer.rights(&own_level), Rights { access: true, read: true, write: true });
    let reader = policy(&json!({"readPermissions": own, "accessPermissions": closed}));
    assert_eq!(reader.rights(&own_level), Rights { access: true, read: true, write: false });
    assert_eq!(reader.rights(&[]), Rights::default());
}

#[test]
fn what_is_not_understood_is_nobodys() {
    for bad in [json!("x"), json!({}), json!({"type": "anyof", "securityLevels": []}), json!({"type": "AnyOf"})] {
        let config = json!({"readPermissions": bad, "writePermissions": bad, "accessPermissions": bad});
        assert_eq!(Policy::parse(&config).rights(&administrator()), Rights::default());
    }
}

proptest! {
    #[test]
    fn rights_are_ordered_whatever_the_policy(read in "AnyOf|AllOf|x", a in "[ab]{0,1}", b in "[ab]{0,1}", own in "[ab]") {
        let permission = |kind: &str, name: &str| {
            let levels = if name.is_empty() { Vec::new() } else { Level::path(&[name]) };
            json!({"type": kind, "securityLevels": levels})
        };
        let policy = policy(&json!({"readPermissions": permission(&read, &a), "writePermissions": permission("AnyOf", &b)}));
        let rights = policy.rights(&Level::path(&[&own]));
        prop_assert!(!rights.write || rights.read);
        prop_assert!(!rights.read || rights.access);
        prop_assert_eq!(rights.write, b.is_empty() || b == own);
    }
}
