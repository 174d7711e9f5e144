//! A Kubernetes API server as a pure state machine: `(state, request, now) -> (state, response, events)`
//!
//! This crate owns what an API server stores and answers, and the controllers that belong to it (garbage collector,
//! namespaces, nodes). It deliberately knows no socket, no task, no clock and no randomness of its own: a host gives
//! it requests, the time and a seed, and carries its answers to whoever asked. The same seed and the same requests at
//! the same times give the same answers, byte for byte.
//!
//! What it does not implement it refuses with 501 and a Status that says so; it never guesses.
//!
//! # The parts, in the order in which a request meets them
//!
//! `call` (what is asked), `kind` and `built_in` (of which resource), `read`, `watch`, `write`, `delete` (the verbs),
//! `store` (objects, one revision, one log), `refusal` (every no).

mod server;
mod call;
mod decode;
mod refusal;
mod kind;
mod built_in;
mod meta;
mod select;
mod read;
mod present;
mod table;
mod watch;
mod write;
mod patch;
mod go_value;
mod apply;
mod strategic;
mod scale;
mod subresource;
mod delete;
mod custom;
mod discovery;
mod open_api;
mod hash;
mod base64;
mod controller;
mod random;
mod store;
#[cfg(test)]
mod fixture;

pub use call::{Target, User};
pub use discovery::KUBERNETES_VERSION;
pub use refusal::Refusal;
pub use server::{ApiServer, BODY_MAX, Response, Written};
pub use watch::{Poll, Watch};
