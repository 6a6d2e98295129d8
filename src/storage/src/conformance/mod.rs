//! What every engine has to do, as a list of tests. [`store_conformance_suite!`](crate::store_conformance_suite) makes one test per case in
//! an engine's own tests; each case gets an empty store.

#![expect(missing_debug_implementations, reason = "a harness carries guards that are only dropped")]

pub mod accounts;
pub mod administration;
pub mod board;
pub mod corrections;
pub mod decisions;
pub mod delivery;
pub mod desk;
pub mod fetches;
pub mod guards;
pub mod history;
pub mod keys;
pub mod log;
pub mod notice_lists;
pub mod notices;
pub mod originals;
pub mod people;
pub mod public;
pub mod queue;
pub mod races;
pub mod recall;
pub mod recognition;
pub mod retention;
pub mod submissions;
pub mod uploads;
pub mod world;

use std::any::Any;
use std::sync::Arc;

use crate::Store;

/// An empty store for one case, and what has to outlive it (a temporary folder).
pub struct Harness {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Dropped after the case.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// One test per case. `$make` is an `async fn(case: &'static str) -> Option<Harness>`; none means that the engine is not available here, in
/// which case `$make` has printed why.
#[macro_export]
macro_rules! store_conformance_suite {
    ($make:path) => {
        $crate::store_conformance_suite! { $make;
            people: organisation_is_found_by_identifier_and_code, organisation_code_is_unique,
                organisation_needs_its_parent, organisations_and_users_are_listed_in_order, user_is_found_by_identifier_and_login,
                user_login_is_unique, user_needs_an_organisation, whoever_acts_exists, a_user_is_changed_step_by_step,
                the_last_administrator_stays;
            keys: token_leads_to_its_user, token_revocation_is_repeatable, a_key_keeps_its_scopes_and_limits,
                two_keys_of_a_line_are_live_at_most, a_quota_is_kept_to_the_last_submission;
            accounts: a_password_is_set_and_ends_other_sessions, failures_are_counted_one_by_one,
                a_second_factor_is_confirmed_used_and_taken_away, a_session_leads_to_its_person_until_it_ends,
                a_link_works_once, a_second_factor_confirmed_meanwhile_counts, whoever_leaves_is_out_at_once;
            submissions: new_bytes_open_a_case_and_queue_one_job, known_bytes_are_a_duplicate_without_a_job,
                refused_bytes_are_refused_again, refusal_reaches_duplicates, replayed_key_answers_the_first_submission,
                key_with_another_request_is_refused, same_key_of_another_user_is_free, submission_needs_people,
                submission_identifier_is_unique, circumstances_survive, submissions_are_paged_newest_first,
                submissions_of_one_moment_are_paged_by_identifier, listing_of_an_organisation_leaves_out_others,
                text_that_no_engine_knows_is_replaced, unknown_things_are_none;
            queue: claim_takes_the_most_urgent_due_job, organisations_take_turns, claim_respects_kinds, nothing_is_due_before_its_time,
                lease_is_not_claimed_twice, expired_lease_is_reclaimed_and_the_late_worker_refused,
                expired_lease_still_counts_until_it_is_reclaimed, heartbeat_extends_a_lease, heartbeat_never_shortens_a_lease,
                failed_job_waits_for_its_time, used_up_attempts_kill_job_and_analysis, lease_lost_on_the_last_attempt_kills_the_job,
                release_does_not_count_as_an_attempt, postponed_job_waits_and_loses_no_attempt, revived_job_starts_afresh, only_a_dead_job_is_revived,
                clock_set_back_loses_nothing, counts_and_dead_jobs_are_listed, job_needs_its_subject,
                analysis_has_one_live_job, finished_job_refuses_its_lease, progress_marks_the_analysis_as_running;
            submissions: analysis_finish_stores_everything_at_once, derivatives_are_added_once, derivatives_that_race_are_one,
                analysis_finish_changes_nothing_when_it_fails,
                analysis_finish_needs_the_lease_of_that_analysis, partial_report_is_marked, report_digest_is_checked;
            recall: a_model_leads_to_the_cases_that_rest_on_it, a_case_is_examined_again, a_case_is_examined_again_only_as_it_was_seen,
                a_later_refusal_takes_no_acceptance_back, malformed_findings_are_refused;
            decisions: verdict_goes_from_proposal_to_approval, case_version_is_compared_and_set,
                case_state_is_checked, verdict_needs_a_final_analysis, verdict_needs_frozen_evidence, verdict_needs_its_people,
                second_look_is_anothers, second_look_happens_once, dispute_reopens_the_case, approval_is_a_third_persons,
                approval_needs_agreement, later_revision_supersedes_the_approved_one, evidence_is_frozen, evidence_digest_is_checked, basis_is_checked_again,
                cases_are_paged_newest_first;
            notices: notice_goes_from_draft_to_publication, notice_needs_a_current_verdict, notice_version_is_compared_and_set,
                revision_returns_a_notice_to_draft, notice_state_is_checked, author_of_any_version_does_not_approve,
                stale_notice_is_neither_approved_nor_published, publication_reaches_active_receivers_only,
                published_notices_are_paged_and_filtered_by_region, delivery_ends_with_its_job, delivery_keeps_its_failures,
                delivery_tried_too_often_is_given_up_and_revived, disabled_receiver_gets_nothing_more,
                receivers_are_listed_by_registration, notices_of_a_case_are_listed_oldest_first;
            notice_lists: notices_are_listed_by_state_within_a_branch, the_list_tells_what_decides_about_the_next_step,
                versions_tell_who_wrote_what, the_audience_is_who_is_told,
                open_questions_of_a_branch_are_listed_by_when_they_are_due;
            desk: a_case_is_sorted_claimed_and_given_back, only_the_claimant_proposes, a_parked_case_comes_back,
                an_approver_sends_a_verdict_back, break_glass_needs_an_hour_a_ground_and_another,
                a_released_verdict_carries_a_notice_until_it_is_disputed;
            corrections: a_correction_changes_the_words_by_two_people, a_retraction_leaves_the_words,
                a_correction_is_compared_and_set, a_later_verdict_takes_its_notice_back,
                corrections_are_paged_and_filtered_by_region, an_objection_is_decided_by_somebody_else,
                an_agency_is_asked_and_answers_once, a_question_is_called_to_mind_every_hour, changes_are_read_from_any_point,
                items_are_found_by_the_address_they_were_seen_at, figures_count_what_people_did,
                the_situation_groups_items;
            public: public_notices_are_found_by_words_rating_and_region, corrected_words_are_found_and_old_ones_not;
            delivery: a_message_waits_for_the_one_before_it, receivers_hear_of_their_regions, inboxes_of_a_region_fill,
                marks_are_personal, readers_learn_when_a_verdict_holds_no_more,
                a_released_verdict_that_is_sent_back_is_doubted, ended_deliveries_are_sent_once_more, an_open_doubt_is_told_once;
            originals: an_original_is_kept_as_it_was_given, little_is_needed_of_an_original, the_same_bytes_are_added_once,
                a_withdrawal_is_signed_and_final, an_original_may_lie_elsewhere, originals_are_listed_by_number,
                what_is_signed_can_be_read_back, signatures_are_followed_by_number,
                signatures_of_originals_leave_out_what_was_withdrawn, judged_media_are_found_by_prefix;
            recognition: a_match_is_noticed_once, a_match_needs_something_known, a_match_is_decided_as_it_was_seen,
                matches_are_paged_by_state, a_rejection_teaches_and_a_confirmation_takes_back, a_signature_is_known_or_not,
                a_series_is_founded_and_grows, two_series_become_one, series_are_listed_by_growth;
            history: chain_verifies_over_everything, events_of_a_subject_are_listed, events_are_read_in_portions,
                a_refused_transition_leaves_no_event, payload_and_time_survive_exactly, ping_answers,
                the_database_tells_its_time_or_has_none,
                the_events_alone_rebuild_the_state;
            administration: events_are_filtered_newest_first, a_branch_sees_what_its_people_did, the_oldest_due_job_is_known,
                volumes_are_added_up, latest_originals_come_first, receivers_stand_as_their_messages_do,
                holders_of_a_second_factor_are_known;
            log: approvals_publications_and_corrections_are_logged_once, a_released_verdict_is_logged_at_once,
                what_is_refused_is_not_logged, approvals_at_once_leave_no_gap, a_checkpoint_is_kept_as_it_was_signed,
                a_stamp_stands_on_its_checkpoint;
            board: the_board_shows_what_is_known, the_board_is_filtered, the_board_has_three_orders, the_board_keeps_to_a_branch,
                cases_are_found_by_words, the_board_knows_what_waits_for_whom,
                a_notice_without_a_verdict_that_holds_waits_for_nobody, an_event_about_a_case_is_news,
                a_note_stands_until_its_author_takes_it_back, views_are_personal;
            retention: a_preview_goes_when_its_case_has_ended, previews_of_open_cases_stay;
            uploads: an_upload_grows_and_becomes_one_submission, a_person_has_so_many_unfinished_uploads;
            fetches: a_fetch_goes_from_the_queue_to_a_submission, a_fetch_fails_with_a_reason, a_fetch_is_taken_back_from_under_a_worker,
                a_fetch_that_kills_its_workers_is_given_up_and_told, a_replayed_key_answers_the_first_fetch;
            races: one_of_many_approvals_wins, one_of_many_proposals_wins, one_of_many_publications_wins,
                each_job_goes_to_one_worker, same_bytes_at_once_open_one_case, same_key_at_once_makes_one_submission,
                chain_has_no_gap_after_concurrent_writes, approval_and_publication_race_without_a_stale_notice,
                the_same_original_at_once_is_added_once, a_link_is_used_by_one_of_many, a_code_is_accepted_once,
                one_of_many_withdrawals_wins, one_of_many_decisions_on_a_match_wins,
                links_at_once_end_in_one_series, one_of_many_claims_wins, one_of_many_settlements_wins,
                what_a_person_begins_at_once_keeps_to_the_limit;
        }
    };
    ($make:path; $($module:ident: $($case:ident),+ $(,)?;)+) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(harness) = $make(stringify!($case)).await {
                    $crate::conformance::$module::$case(::std::sync::Arc::clone(&harness.store)).await;
                }
            }
        )+)+
    };
}
