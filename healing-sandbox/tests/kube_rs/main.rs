//! A client that was written for real clusters, kube-rs, on the embedded API server: in process and over HTTPS
//!
//! This file owns the list of the cases, each of which runs both ways. Nothing here measures time: a case waits for what it
//! is about, and hangs where that never comes.

#![expect(clippy::unwrap_used, reason = "the cases of a test are functions beside it")]

mod world;
mod watching;
mod relisting;
mod controlling;
mod waiting;
mod reading;
mod writing;
mod acting;
mod discovering;

use crate::world::World;

macro_rules! both_ways {
    ($($room:ident: $($case:ident)*;)*) => {
        mod in_process {
            use super::*;
            $($(#[tokio::test(start_paused = true)]
            async fn $case() {
                super::$room::$case(&World::in_process().await).await;
            })*)*
        }

        mod over_https {
            use super::*;
            $($(#[tokio::test]
            async fn $case() {
                let world = World::over_https().await;
                super::$room::$case(&world).await;
                world.stop().await;
            })*)*
        }
    };
}

both_ways! {
    watching:
        both_ways_to_list_tell_the_same
        a_selected_watch_tells_when_something_leaves
        metadata_is_watched_alone
        a_store_follows_what_is_stored;
    relisting:
        a_watch_that_expires_is_begun_anew
        a_lost_history_is_listed_anew
        a_list_that_is_refused_is_asked_for_again
        a_client_that_was_cut_off_catches_up;
    controlling:
        a_controller_keeps_its_children_and_clears_them_up
        a_cleanup_that_fails_keeps_the_object;
    waiting:
        conditions_are_waited_for
        events_become_a_series
        one_of_two_holds_a_lease;
    reading:
        lists_come_in_pages
        metadata_is_read_alone
        logs_are_read_and_streamed;
    writing:
        an_entry_is_made_changed_and_found_stale
        fields_have_owners
        patches_of_three_kinds_are_taken
        a_status_is_written_past_the_spec
        what_is_not_known_is_warned_of_or_refused
        collections_and_preconditions;
    acting:
        a_number_of_replicas_is_scaled
        an_eviction_waits_for_its_budget
        a_node_is_cordoned_and_a_deployment_restarted;
    discovering:
        both_ways_to_discover_find_the_same
        a_kind_is_found_by_its_name;
}
