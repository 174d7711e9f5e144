//! Tests that need no cluster, in one binary

mod derive;
mod oracle;
mod manifests;
mod tidy;
mod ui;
