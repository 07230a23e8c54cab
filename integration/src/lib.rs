//! Scenarios against a real engine.
