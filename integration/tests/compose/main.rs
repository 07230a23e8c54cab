//! Compose on its own: docker-compose 1.29 and compose v2 with the projects that the program writes. Each file begins with what it
//! means to show. A process of its own, because its gateways' image needs a program that is linked statically.

#![allow(clippy::unwrap_used, reason = "also in the functions that tests are made of")]

mod commissioning;
mod compose_first;
mod images;
mod override_file;
mod stack;
mod up_first;
