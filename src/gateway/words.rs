//! The enumerations of the gateway's answers, read without regard to letter case. Unknown words are kept, never guessed.

use std::fmt;

use super::capped;

/// The text in lower case without blanks, `_`, `(` and `)`: `Out of Date`, `OutOfDate` and `OUT_OF_DATE` are one word.
fn folded(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '_' | '(' | ')')).map(|c| c.to_ascii_lowercase()).collect()
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $shown:literal $(| $other:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A word that is not documented, as the gateway wrote it.
            Other(String),
        }

        impl $name {
            /// Reads the gateway's word.
            pub fn read(text: &str) -> Self {
                match folded(text).as_str() {
                    $($shown $(| $other)* => Self::$variant,)+
                    _ => Self::Other(capped(text)),
                }
            }
        }
    };
}

words! {
    /// State of a gateway's context (fact sheet 1.2, 1.3).
    ContextState {
        /// The web server is up, the context is starting.
        Starting = "starting",
        /// Up.
        Running = "running",
        /// Shutting down.
        Stopping = "stopping",
        /// Will not come up by itself.
        Faulted = "faulted",
        /// Waits for the EULA, an administrator or a module's acceptance (gwinfo only).
        NeedsCommissioning = "needscommissioning" | "commissioning",
    }
}

words! {
    /// Redundancy role (fact sheet 2.2).
    NodeRole {
        /// Not in a pair.
        Independent = "independent",
        /// Preferred active node.
        Master = "master",
        /// Standby node.
        Backup = "backup",
    }
}

words! {
    /// Activity level (fact sheet 2.2).
    ActivityLevel {
        /// Has not decided yet.
        Undecided = "undecided",
        /// Standby.
        Cold = "cold",
        /// Standby with inert subscriptions.
        Warm = "warm",
        /// In the platform's enumeration; not a standby level that can be chosen.
        Hot = "hot",
        /// Does the work.
        Active = "active",
    }
}

words! {
    /// Sync (project) state (fact sheet 2.2): raw names and display texts.
    SyncState {
        /// No peer to compare with.
        Unknown = "unknown",
        /// The versions differ.
        Incompatible = "incompatible",
        /// The editions differ.
        EditionIncompatible = "editionincompatible" | "incompatibleedition" | "incompatibleeditions",
        /// The module sets differ.
        ModulesIncompatible = "modulesincompatible" | "incompatiblemodules" | "incompatiblemodule",
        /// The configuration was not pulled yet.
        OutOfDate = "outofdate",
        /// In sync.
        Good = "good",
    }
}

words! {
    /// Status of a gateway-network connection (fact sheet 2.4).
    LinkStatus {
        /// Carries traffic.
        Running = "running",
        /// Dials.
        Connecting = "connecting",
        /// Broken; it is tried again.
        Faulted = "faulted",
        /// Defined, no contact yet.
        NeverConnected = "definedneverconnected" | "neverconnected",
        /// Waits for a person's approval at the listening end.
        PendingApproval = "pendingapproval",
    }
}

words! {
    /// Direction of a connection, seen from the gateway that answers (fact sheet 2.4).
    Direction {
        /// This gateway dialled.
        Outgoing = "outgoing" | "out",
        /// The other one dialled.
        Incoming = "incoming" | "in",
    }
}

macro_rules! shown {
    ($name:ident { $($variant:ident => $text:literal),+ $(,)? }) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                })
            }
        }
    };
}

shown!(ContextState {
    Starting => "STARTING", Running => "RUNNING", Stopping => "STOPPING", Faulted => "FAULTED",
    NeedsCommissioning => "NEEDS_COMMISSIONING",
});
shown!(NodeRole { Independent => "Independent", Master => "Master", Backup => "Backup" });
shown!(ActivityLevel { Undecided => "Undecided", Cold => "Cold", Warm => "Warm", Hot => "Hot", Active => "Active" });
shown!(SyncState {
    Unknown => "Unknown", Incompatible => "Incompatible", EditionIncompatible => "Incompatible (Edition)",
    ModulesIncompatible => "Incompatible (Modules)", OutOfDate => "OutOfDate", Good => "Good",
});
shown!(LinkStatus {
    Running => "Running", Connecting => "Connecting", Faulted => "Faulted",
    NeverConnected => "Defined_NeverConnected", PendingApproval => "PendingApproval",
});
shown!(Direction { Outgoing => "outgoing", Incoming => "incoming" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_punctuation_do_not_matter() {
        for text in ["OutOfDate", "Out of Date", "OUT_OF_DATE", "outofdate"] {
            assert_eq!(SyncState::read(text), SyncState::OutOfDate, "{text}");
        }
        for text in ["Modules_Incompatible", "Incompatible (Modules)", "modules_incompatible"] {
            assert_eq!(SyncState::read(text), SyncState::ModulesIncompatible, "{text}");
        }
        assert_eq!(SyncState::read("Edition_Incompatible"), SyncState::EditionIncompatible);
        assert_eq!(LinkStatus::read("RUNNING"), LinkStatus::Running);
        assert_eq!(LinkStatus::read("Defined_NeverConnected"), LinkStatus::NeverConnected);
        assert_eq!(ContextState::read("NEEDS_COMMISSIONING"), ContextState::NeedsCommissioning);
        assert_eq!(NodeRole::read("master"), NodeRole::Master);
        assert_eq!(Direction::read("OUTGOING"), Direction::Outgoing);
    }

    #[test]
    fn unknown_words_are_kept_and_never_taken_for_a_good_one() {
        for text in ["", "Not Running", "Running?x", "Primary", "GoodEnough", "Actives", "\u{421}old", "Good!"] {
            assert!(matches!(NodeRole::read(text), NodeRole::Other(t) if t == text));
            assert!(matches!(SyncState::read(text), SyncState::Other(_)), "{text}");
            assert!(matches!(ActivityLevel::read(text), ActivityLevel::Other(_)), "{text}");
            assert!(matches!(LinkStatus::read(text), LinkStatus::Other(_)), "{text}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        for state in
            [SyncState::Unknown, SyncState::EditionIncompatible, SyncState::ModulesIncompatible, SyncState::Good]
        {
            assert_eq!(SyncState::read(&state.to_string()), state);
        }
        for status in [LinkStatus::Running, LinkStatus::NeverConnected, LinkStatus::PendingApproval] {
            assert_eq!(LinkStatus::read(&status.to_string()), status);
        }
    }
}
