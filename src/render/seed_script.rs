//! `scripts/seed.sh`: the constant script by which the compose path seeds data volumes. What it copies is in the seed list.

/// The script. It runs as root in a container of the gateway's image and reads `services/<gateway>/`.
pub const SEED_SCRIPT: &str = include_str!("../../templates/seed.sh");

#[cfg(test)]
mod tests;
