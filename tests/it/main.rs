//! Tests that need no cluster, in one binary

mod agreement;
mod derive;
mod oracle;
mod lint;
mod manifests;
mod sandbox;
mod lost_node;
mod tidy;
mod ui;
