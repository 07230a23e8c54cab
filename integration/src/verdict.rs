//! What `verify --output json` found, and how a scenario asks about it.

use std::fmt;

use serde_json::Value;

use crate::run::Ran;

/// A report of `verify` with its exit code.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Exit code of the program.
    pub code: i32,
    /// The document.
    pub report: Value,
}

impl Verdict {
    /// Reads a run of `verify --output json`.
    pub fn of(ran: &Ran) -> Self {
        let code = ran.code.unwrap_or_else(|| panic!("verify was ended by a signal\n{}", ran.stderr));
        assert!(code == 0 || code == 1, "verify ended with {code}\n{}\n{}", ran.stdout, ran.stderr);
        let report = ran.json();
        assert_eq!(report["holds"], code == 0, "holds and the exit code say the same\n{report:#}");
        Self { code, report }
    }

    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.code == 0
    }

    fn checks(&self) -> impl Iterator<Item = &Value> {
        self.report["checks"].as_array().into_iter().flatten()
    }

    /// Checks of a member's condition.
    pub fn of_member<'a>(&'a self, member: &'a str, condition: &'a str) -> impl Iterator<Item = &'a Value> {
        self.checks().filter(move |c| c["member"] == member && c["condition"] == condition)
    }

    /// How many checks of a member's condition passed; none may have ended otherwise.
    pub fn passed(&self, member: &str, condition: &str) -> usize {
        let all: Vec<_> = self.of_member(member, condition).collect();
        assert!(all.iter().all(|c| c["state"] == "pass"), "{member} {condition}: {all:#?}");
        all.len()
    }

    /// Whether a member's condition failed (not: could not be seen).
    pub fn names(&self, member: &str, condition: &str) -> bool {
        self.of_member(member, condition).any(|c| c["state"] == "fail")
    }

    /// Members with a check that neither passed nor was skipped.
    pub fn troubled(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.open().filter_map(|c| c["member"].as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn open(&self) -> impl Iterator<Item = &Value> {
        self.checks().filter(|c| c["state"] != "pass" && c["state"] != "skip")
    }

    /// Whether a check of that member's condition failed whose words, cause and advice included, have all of `texts`.
    pub fn says(&self, member: &str, condition: &str, texts: &[&str]) -> bool {
        self.of_member(member, condition)
            .filter(|check| check["state"] == "fail")
            .any(|check| texts.iter().all(|text| check.to_string().contains(text)))
    }

    /// The same, expected.
    pub fn expect(&self, member: &str, condition: &str, texts: &[&str]) -> &Self {
        let found = self.says(member, condition, texts);
        assert!(found, "no failed check {condition} of {member} that says {texts:?}; open are:\n{self}");
        self
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.holds() {
            return f.write_str("everything holds");
        }
        for c in self.open() {
            let word = |key: &str| c[key].as_str().unwrap_or("-").to_owned();
            let cells = ["state", "member", "condition", "subject", "text", "seen", "cause"].map(word);
            writeln!(f, "  {}", cells.join(" | "))?;
        }
        Ok(())
    }
}
