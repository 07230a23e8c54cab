//! Tests of backups on the disk: what is made, what is let in, what is swapped.

mod fixture;
mod hostile;
mod restoring;
mod swapping;
