//! The client of the control port in the program itself, because an image made from nothing has no other.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Map, Value, json};

use crate::simulator::error::SimulatorError;
use crate::simulator::knobs::{control, values};
use crate::simulator::start::environment::Environment;

const LIMIT: Duration = Duration::from_secs(10);

/// What is asked of the control port.
#[derive(PartialEq, Eq, Debug)]
struct Call {
    method: Method,
    path: &'static str,
    body: Value,
}

/// Turns knobs and gives orders, one word each: `KEY=VALUE`, `exit=CODE`, `restart`, `hostile-log`, `reset`. All knobs are turned
/// together, before any order is given. Returns the last answer; without a word, all knobs.
pub(crate) async fn control(words: &[String], env: &Environment) -> Result<String, SimulatorError> {
    let calls = calls(words)?;
    let address = control::address(env)?.ok_or_else(|| failed("this gateway has no control port"))?;
    let address = address.socket.to_string();
    // No proxy and no certificates: the port is plain HTTP on this very host.
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(LIMIT)
        .build()
        .map_err(|e| failed(&format!("no client: {e}")))?;
    let mut answer = String::new();
    for call in calls {
        answer = ask(&client, &address, &call).await?;
    }
    Ok(answer)
}

async fn ask(client: &Client, address: &str, call: &Call) -> Result<String, SimulatorError> {
    let request = client.request(call.method.clone(), format!("http://{address}{}", call.path)).json(&call.body);
    let response = request.send().await.map_err(|e| failed(&format!("no answer from {address}: {e}")))?;
    let status = response.status();
    let body: Value = response.json().await.map_err(|e| failed(&format!("{status}: {e}")))?;
    if status.is_success() {
        return Ok(format!("{body:#}\n"));
    }
    let problems = body.get("problems").and_then(Value::as_array).into_iter().flatten();
    let problems: Vec<&str> = problems.filter_map(Value::as_str).collect();
    Err(failed(&problems.join("\n")))
}

fn calls(words: &[String]) -> Result<Vec<Call>, SimulatorError> {
    let mut change = Map::new();
    let mut calls = Vec::new();
    let post = |path, body| Call { method: Method::POST, path, body };
    for word in words {
        match word.split_once('=').map_or((word.as_str(), None), |(key, value)| (key, Some(value))) {
            ("exit", code) => {
                let code = code.map_or(Ok(1), str::parse::<u8>).map_err(|_| failed("exit: must be from 0 to 255"))?;
                calls.push(post("/exit", json!({"code": code})));
            }
            ("restart", None) => calls.push(post("/restart", json!({}))),
            ("hostile-log", None) => calls.push(post("/hostile-log", json!({}))),
            ("reset", None) => calls.push(Call { method: Method::DELETE, path: "/knobs", body: json!({}) }),
            (key, Some(value)) => {
                let value = if value.is_empty() { Value::Null } else { values::read(value) };
                change.insert(key.to_owned(), value);
            }
            (word, None) => {
                let text = format!("{word:?} is no order (exit, restart, hostile-log, reset) and has no = for a knob");
                return Err(failed(&text));
            }
        }
    }
    if !change.is_empty() {
        calls.insert(0, Call { method: Method::PATCH, path: "/knobs", body: Value::Object(change) });
    }
    if calls.is_empty() {
        calls.push(Call { method: Method::GET, path: "/knobs", body: json!({}) });
    }
    Ok(calls)
}

fn failed(reason: &str) -> SimulatorError {
    SimulatorError::Control { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Vec<Call>, SimulatorError> {
        calls(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn words_become_one_change_and_then_orders() {
        let calls = read(&["restart", "hang_in=STARTING", "memory_mib=5", "exit_code="]).unwrap();
        assert_eq!(calls[0].body, json!({"hang_in": "STARTING", "memory_mib": 5, "exit_code": null}));
        assert_eq!((calls[1].path, calls.len()), ("/restart", 2));
        assert_eq!(read(&[]).unwrap()[0].method, Method::GET);
        assert_eq!(read(&["exit=137"]).unwrap()[0].body, json!({"code": 137}));
    }

    #[test]
    fn nonsense_is_refused_before_anything_is_asked() {
        assert!(read(&["lunch"]).is_err());
        assert!(read(&["exit=256"]).is_err());
    }
}
