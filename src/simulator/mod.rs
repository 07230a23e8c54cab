//! The simulated gateway: plays one Ignition gateway in a container, as the fact sheet describes it.
