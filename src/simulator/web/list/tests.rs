//! Tests of what a list makes of a query, by example and for any query.

use proptest::prelude::*;

use super::*;

fn items() -> Vec<Value> {
    vec![
        json!({"name": "edge1", "n": 10, "status": "Running", "result": {"healthy": true}}),
        json!({"name": "Edge2", "n": 9, "status": "Faulted", "result": {"healthy": false}}),
        json!({"name": "hub", "n": 100, "status": "Running", "extra": null}),
        json!({"name": "n\u{e4}me", "status": "Connecting"}),
    ]
}

fn ask(query: &[(&str, &str)]) -> Result<Value, String> {
    let query: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    wish(&query).map(|w| pick(items(), &w))
}

#[track_caller]
fn names(query: &[(&str, &str)]) -> Vec<String> {
    let answer = ask(query).unwrap();
    answer["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_count_what_is_there_and_what_matches() {
    assert_eq!(names(&[("limit", "2"), ("offset", "1")]), ["Edge2", "hub"]);
    let answer = ask(&[("limit", "1"), ("offset", "9"), ("status[eq]", "Running")]).unwrap();
    assert_eq!(answer["metadata"], json!({"total": 4, "matching": 2, "limit": 1, "offset": 9}));
    assert_eq!(answer["items"], json!([]));
    assert_eq!(ask(&[]).unwrap()["metadata"], json!({"total": 4, "matching": 4, "limit": 100, "offset": 0}));
}

#[test]
fn every_operator_does_what_its_name_says() {
    for (key, value, expected) in [
        ("name[eq]", "hub", &["hub"][..]),
        ("name[ne]", "hub", &["edge1", "Edge2", "n\u{e4}me"]),
        ("name[cn]", "dge", &["edge1", "Edge2"]),
        ("name[sw]", "edge", &["edge1"]),
        ("name[ew]", "2", &["Edge2"]),
        ("n[gt]", "10", &["hub"]),
        ("n[gte]", "10", &["edge1", "hub"]),
        ("n[lt]", "10", &["Edge2"]),
        ("n[lte]", "10.0", &["edge1", "Edge2"]),
        ("n[eq]", "1e1", &["edge1"]),
        ("name[rgx]", "^[Ee]dge\\d$", &["edge1", "Edge2"]),
        ("result.healthy[eq]", "true", &["edge1"]),
        ("n[ne]", "9", &["edge1", "hub", "n\u{e4}me"]),
        ("extra[eq]", "null", &[]),
        ("none[cn]", "", &[]),
    ] {
        assert_eq!(names(&[(key, value)]), expected, "{key}={value}");
    }
    assert_eq!(names(&[("status[eq]", "Running"), ("n[gt]", "50")]), ["hub"]);
}

#[test]
fn sorting_goes_by_size_or_text_and_leaves_out_nobody() {
    assert_eq!(names(&[("sortBy", "asc(n)")]), ["Edge2", "edge1", "hub", "n\u{e4}me"]);
    assert_eq!(names(&[("sortBy", "desc(n)")]), ["hub", "edge1", "Edge2", "n\u{e4}me"]);
    assert_eq!(names(&[("sortBy", "asc(name)")]), ["Edge2", "edge1", "hub", "n\u{e4}me"]);
    assert_eq!(names(&[("sortBy", "desc(n)"), ("limit", "1")]), ["hub"]);
}

#[test]
fn a_search_looks_everywhere_and_forgives_letter_case() {
    assert_eq!(names(&[("search", "EDGE")]), ["edge1", "Edge2"]);
    assert_eq!(names(&[("search", "faul")]), ["Edge2"]);
    assert_eq!(names(&[("search", "N\u{c4}")]), ["n\u{e4}me"]);
    assert_eq!(names(&[("search", "false")]), ["Edge2"]);
    assert_eq!(names(&[("search", "")]).len(), 4);
}

#[test]
fn a_malformed_wish_is_refused_and_other_keys_are_not() {
    for (key, value) in [
        ("limit", "-1"),
        ("limit", "x"),
        ("offset", "1.5"),
        ("offset", "99999999999999999999999"),
        ("sortBy", "name"),
        ("sortBy", "asc()"),
        ("sortBy", "up(name)"),
        ("name[is]", "x"),
        ("name[]", "x"),
        ("name[rgx]", "("),
        ("name[rgx]", "(?:a{1000}){1000}"),
    ] {
        assert!(ask(&[(key, value)]).is_err(), "{key}={value}");
    }
    assert!(ask(&[("name[rgx]", &"a".repeat(PATTERN_TOO_LONG))]).is_err());
    assert!(ask(&[("n[eq]", "1"); FILTER_LIMIT + 1]).is_err());
    assert_eq!(names(&[("includeRedundantIds", "true"), ("x", ""), ("name", "[eq]")]).len(), 4);
}

const PATTERN_TOO_LONG: usize = 1025;

fn mixed() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..30i64).prop_map(|n| json!(n)),
        "[0-9a]{0,2}".prop_map(|t| json!(t)),
        Just(Value::Null),
        Just(json!(true))
    ]
}

fn query() -> impl Strategy<Value = Vec<(String, String)>> {
    let operator = prop::sample::select(vec!["eq", "ne", "cn", "sw", "ew", "gt", "gte", "lt", "lte", "rgx", "zz", ""]);
    let filter = ("[a-z.]{0,6}|name|n|status", operator).prop_map(|(f, o)| format!("{f}[{o}]"));
    let key = prop_oneof![
        filter,
        prop::sample::select(vec!["limit", "offset", "sortBy", "search"]).prop_map(str::to_owned),
        any::<String>(),
    ];
    let value =
        prop_oneof![any::<String>(), "[0-9]{1,3}", "(asc|desc)\\((n|name|status|x)\\)", "[a-zE0-9.*\\[\\]^$]{0,8}"];
    prop::collection::vec((key, value), 0..6)
}

proptest! {
    #[test]
    fn any_query_is_answered_or_refused(query in query()) {
        let Ok(wish) = wish(&query) else { return Ok(()) };
        let answer = pick(items(), &wish);
        let page = answer["items"].as_array().unwrap();
        let meta = |key: &str| usize::try_from(answer["metadata"][key].as_u64().unwrap()).unwrap();
        prop_assert_eq!(meta("total"), 4);
        prop_assert!(meta("matching") <= 4);
        prop_assert_eq!(page.len(), meta("matching").saturating_sub(meta("offset")).min(meta("limit")));
        prop_assert!(page.iter().all(|item| items().contains(item)));
    }

    #[test]
    fn an_operator_and_its_opposite_share_the_items(value in "[0-9]{1,3}|[a-z]{0,3}") {
        prop_assert_eq!(names(&[("name[eq]", &value)]).len() + names(&[("name[ne]", &value)]).len(), 4);
        for (one, other) in [("gt", "lte"), ("lt", "gte")] {
            let (a, b) = (names(&[(&format!("n[{one}]"), &value)]), names(&[(&format!("n[{other}]"), &value)]));
            prop_assert_eq!(a.len() + b.len(), 3);
        }
    }

    #[test]
    fn a_mixture_of_numbers_and_texts_has_one_order(values in prop::collection::vec(mixed(), 0..60)) {
        let items: Vec<Value> = values.into_iter().map(|v| json!({"f": v})).collect();
        let sorted = |items: Vec<Value>, by: &str| {
            pick(items, &wish(&[("sortBy".to_owned(), by.to_owned())]).unwrap())["items"].clone()
        };
        let up = sorted(items.clone(), "asc(f)");
        prop_assert_eq!(&sorted(items.into_iter().rev().collect(), "asc(f)").as_array().unwrap().len(), &up.as_array().unwrap().len());
        for pair in up.as_array().unwrap().windows(2) {
            prop_assert!(order(&pair[0], &pair[1], "f", true) != Ordering::Greater);
        }
    }

    #[test]
    fn pages_put_together_are_the_whole(size in 1usize..5, field in "n|name|status") {
        let sorted = format!("asc({field})");
        let whole = names(&[("sortBy", &sorted)]);
        let pages: Vec<_> = (0..5).flat_map(|page| {
            names(&[("sortBy", &sorted), ("limit", &size.to_string()), ("offset", &(page * size).to_string())])
        }).collect();
        prop_assert_eq!(pages, whole);
    }
}
