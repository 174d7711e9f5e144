//! Tests that need no cluster, in one binary

mod tidy;
