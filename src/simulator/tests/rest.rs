//! What the REST interface and its neighbours answer: lists, logs, the overview, the description, and addresses that lead elsewhere.

use serde_json::{Value, json};

use super::world::{PASSWORD, Sim, eventually};
use crate::simulator::knobs;

#[test]
fn lists_page_sort_and_filter_over_http() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let cookie = sim.login(PASSWORD).unwrap();
    let page = sim.api_as(&cookie, "/modules/healthy?limit=2&offset=1&sortBy=desc(id)&id[cn]=opcua.drivers");
    assert_eq!(page["metadata"], json!({"total": 32, "matching": 13, "limit": 2, "offset": 1}));
    assert_eq!(page["items"][0]["id"], "com.inductiveautomation.opcua.drivers.siemens-symbolic");
    let encoded = sim.api_as(&cookie, "/modules/healthy?name%5Brgx%5D=%5Es&search=SFC");
    assert_eq!((&encoded["metadata"]["matching"], &encoded["items"][0]["name"]), (&json!(1), &json!("sfc")));
    for bad in ["limit=x", "id[zz]=1", "sortBy=id", "id[rgx]=("] {
        let answer =
            sim.request("GET", &format!("/data/api/v1/modules/healthy?{bad}"), &[("Cookie", &cookie)], "").unwrap();
        let body = answer.json();
        assert_eq!((answer.status, &body["success"]), (400, &json!(false)), "{bad}");
        assert!(!body["messages"][0].as_str().unwrap().is_empty() && body["fieldMessages"] == json!([]), "{bad}");
        assert_eq!(body["problem"]["message"], body["messages"][0]);
    }
}

#[test]
fn the_log_is_shown_by_level_logger_and_time() {
    let sim = Sim::new("box").open().started();
    sim.wait_running();
    let cookie = sim.login(PASSWORD).unwrap();
    let logs =
        |query: &str| sim.api_as(&cookie, &format!("/logs?limit=1000&{query}"))["items"].as_array().unwrap().clone();
    // Its network begins beside RUNNING, and warns that it is open.
    eventually("the network's warning", || !logs("minLevel=WARN").is_empty());
    let all = logs("");
    assert!(all.iter().any(|l| l["message"].as_str().unwrap().contains("Gateway context state is now RUNNING")));
    let warnings = logs("minLevel=WARN");
    assert!(!warnings.is_empty() && warnings.len() < all.len());
    assert!(warnings.iter().all(|l| l["level"] == "WARN" || l["level"] == "ERROR"));
    assert_eq!(warnings[0]["loggerName"], "gateway-network");
    let gateway = logs("logger=IgnitionGateway");
    assert!(!gateway.is_empty() && gateway.iter().all(|l| l["loggerName"] == "IgnitionGateway"));
    assert!(logs("logger=Ignition").is_empty());
    let last = all.last().unwrap()["timestamp"].as_u64().unwrap();
    assert!(logs(&format!("startTime={}", last + 60_000)).is_empty());
    assert!(logs("endTime=0").is_empty() && logs(&format!("endTime={}", last + 60_000)).len() >= all.len());
    for bad in ["minLevel=LOUD", "startTime=yesterday"] {
        let answer = sim.request("GET", &format!("/data/api/v1/logs?{bad}"), &[("Cookie", &cookie)], "").unwrap();
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[test]
fn the_overview_has_the_documented_forms() {
    let sim = Sim::new("box").args("-n a-b").set("GATEWAY_MODULES_ENABLED", "com.inductiveautomation.opcua").started();
    sim.wait_running();
    let cookie = sim.login(PASSWORD).unwrap();
    let keys = |value: &Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(sim.api_as(&cookie, "/overview/name"), json!({"gatewayName": "a-b", "cleanGatewayName": "a_b"}));
    assert_eq!(sim.get("/data/api/v1/overview/banners").json()["items"], json!([]));
    let cards = sim.api_as(&cookie, "/overview/connections");
    assert_eq!(keys(&cards["items"][0]), ["actions", "img", "lines", "title"]);
    assert_eq!(keys(&cards["items"][0]["lines"][0]), ["error", "text"]);
    assert_eq!(keys(&cards["items"][0]["actions"][0]), ["label", "url"]);
    let problems = sim.api_as(&cookie, "/overview/problems?title[eq]=Module%20quarantined");
    assert_eq!(problems["metadata"]["matching"], 31);
    assert_eq!(keys(&problems["items"][0]), ["actionLabel", "description", "resolution", "title", "url"]);
    let licenses = sim.api_as(&cookie, "/licenses");
    assert_eq!(
        keys(&licenses),
        ["busy", "certificate", "cloud", "effective", "embedded", "hardware", "leased", "leasedUnactivateTimeoutMS"]
    );
    assert!(licenses["effective"]["lastUpdated"].as_u64().is_some_and(|t| t > 1_600_000_000_000));
    let overview = sim.api_as(&cookie, "/overview");
    for key in [
        "version",
        "redundancy",
        "java",
        "os",
        "cloudEnv",
        "uptime",
        "timezone",
        "locale",
        "time",
        "memory",
        "cpu",
        "disk",
        "license",
        "gatewayName",
        "libPath",
        "processId",
        "nics",
        "gcNames",
        "driftRate",
    ] {
        assert!(overview.get(key).is_some(), "{key}");
    }
    let info = sim.api_as(&cookie, "/gateway-info");
    for key in [
        "name",
        "redundancyRole",
        "edition",
        "hostname",
        "port",
        "ignitionVersion",
        "deploymentMode",
        "timeZone",
        "timeZoneId",
        "jvmVersion",
        "allowUnsignedModules",
        "license",
    ] {
        assert!(info.get(key).is_some(), "{key}");
    }
    assert!(info["ignitionVersion"].as_str().unwrap().starts_with("8.3.9 (b"));
}

#[test]
fn the_description_needs_a_login_and_grows_while_modules_start() {
    let sim = Sim::new("box").set(knobs::MODULES_MS, "20000").started();
    sim.wait_running();
    assert_eq!((sim.get("/openapi.json").status, sim.get("/openapi").status), (401, 401));
    let cookie = sim.login(PASSWORD).unwrap();
    let read = || sim.request("GET", "/openapi.json", &[("Cookie", &cookie)], "").unwrap().json();
    let count = |document: &Value| document["paths"].as_object().unwrap().len();
    let first = read();
    assert_eq!((&first["openapi"], &first["info"]["title"]), (&json!("3.1.0"), &json!("Ignition HTTP API")));
    assert!(first["paths"]["/data/api/v1/gateway-info"]["get"].is_object());
    assert!(first["paths"]["/data/api/v1/api-token/generate"]["post"].is_object());
    assert_eq!(
        first["paths"]["/data/api/v1/gateway-network/connectionDetails/{internalId}/{remoteGateway}"]["get"]["parameters"]
            [1]["name"],
        "remoteGateway"
    );
    let opcua = "/data/api/v1/resources/singleton/com.inductiveautomation.opcua/server-config";
    let modules =
        |document: &Value| document["paths"].as_object().unwrap().keys().filter(|p| p.contains("com.")).count();
    let early = modules(&first);
    assert_eq!(early, 0, "modules take their time");
    let asleep = sim.request("GET", opcua, &[("Cookie", &cookie)], "").unwrap();
    assert!(asleep.body.contains("No route match"));
    eventually("a module's routes appear", || read()["paths"].get(opcua).is_some());
    let awake = sim.request("GET", opcua, &[("Cookie", &cookie)], "").unwrap();
    assert!(awake.status == 404 && awake.body.contains("no such resource"));
    let grown = read();
    assert!(modules(&grown) > early && count(&grown) > count(&first));
    let page = sim.request("GET", "/openapi", &[("Cookie", &cookie)], "").unwrap();
    assert!(page.status == 200 && page.body.contains("/data/api/v1/gateway-info"));
}

#[test]
fn addresses_lead_where_those_of_8_3_do() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    for (path, status, location) in [
        ("/", 302, Some("/Start")),
        ("/Start", 200, None),
        ("/app", 200, None),
        ("/app/home", 200, None),
        ("/app/network/anything", 200, None),
        ("/web/home", 302, Some("/app/home")),
        ("/web/config/", 302, Some("/app/home")),
        ("/web/status/sys.overview", 302, Some("/app/home")),
        ("/welcome", 200, None),
        ("/idp/default/authn/login", 200, None),
        ("/idp/other/authn/login", 404, None),
        ("/main/system/StatusPing", 404, None),
        ("/main/StatusPing", 404, None),
        ("/main/system/gwinfo", 404, None),
        ("/webx", 404, None),
        ("/data/api/v2/overview", 404, None),
        ("/bootstrap", 404, None),
    ] {
        let answer = sim.get(path);
        assert_eq!((answer.status, answer.header("location")), (status, location), "{path}");
    }
    assert_eq!(sim.get("/system/StatusPing").body, sim.get("/StatusPing").body);
}
