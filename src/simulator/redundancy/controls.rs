//! What an administrator does to a pair while it runs: write the configuration, force a failover, synchronize anew.

use std::io;

use crate::simulator::node::Node;
use crate::simulator::redundancy::machine::{Event, Role};
use crate::simulator::redundancy::pairing::rules;
use crate::simulator::redundancy::settings::RedundancySettings;
use crate::simulator::redundancy::xml::{BACKUP_FILE, FILE};
use crate::simulator::unknown::LONELY_BACKUP_HAS_CONFIG_ACCESS;

impl Node {
    /// Writes the redundancy configuration: to the file, with what it was before beside it, and into force at once. Any write,
    /// even of what is there already, drops the link to the peer for a while (fact sheet 2.2).
    pub(crate) fn write_redundancy(&self, settings: RedundancySettings) -> io::Result<()> {
        let data = &self.setup.data;
        if let Some(before) = data.read(FILE)? {
            data.write(BACKUP_FILE, &before)?;
        }
        data.write(FILE, &settings.to_xml()?)?;
        let rules = rules(&self.setup, &settings, self.modules.now().hash());
        let mut state = self.state();
        let other_role = state.pairing.settings.role != settings.role;
        state.pairing.settings = settings;
        let peer = state.peer.as_ref().map(|p| (p.key, p.generation));
        drop(state);
        self.store.set_backup(rules.role == Role::Backup);
        self.hold_redundancy(self.setup.timings().link_hold);
        if let Some((key, generation)) = peer {
            self.peer_lost(key, generation, false);
        }
        self.redundancy(Event::Configured(rules));
        self.reconfigure_network();
        if other_role {
            // The others learn the role when they are greeted.
            let keys: Vec<_> = self.state().connections.iter().map(|(key, _)| key).collect();
            for key in keys {
                self.reset_connection(key);
            }
        }
        Ok(())
    }

    /// Asks the other node to take over. Accepted everywhere; only on the active node of a connected pair it has an effect.
    pub(crate) fn force_failover(&self) {
        self.redundancy(Event::FailoverAsked);
    }

    /// Has the backup fetch the master's configuration anew, whichever of the two is asked.
    pub(crate) fn resync(&self) {
        let mut state = self.state();
        if state.machine.role() == Role::Master && state.peer.is_some() {
            state.pairing.errands.resync = true;
            drop(state);
            self.news.send_replace(());
        } else {
            drop(state);
            self.redundancy(Event::Differs);
        }
    }

    /// Whether configuration may be changed on this node: not on a backup that has its master (fact sheet 2.2, 10.25).
    pub(crate) fn has_config_access(&self) -> bool {
        let state = self.state();
        let alone = state.machine.peer().is_none();
        state.machine.role() != Role::Backup || (alone && LONELY_BACKUP_HAS_CONFIG_ACCESS)
    }
}
