//! The blob store through its public door, on a real folder and on a real server that speaks S3.

mod bucket;
mod bucket_crash;
mod conformance;
mod folder;
mod place;
mod server;

/// Runs each case on a folder and on a bucket.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod on_a_folder {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::conformance::$case(crate::place::Place::folder()).await;
            })+
        }
        mod on_a_bucket {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(place) = crate::place::Place::bucket(stringify!($case)).await {
                    crate::conformance::$case(place).await;
                }
            })+
        }
    };
}

on_both!(
    an_upload_is_kept_bit_for_bit_under_its_digest,
    the_limit_itself_is_accepted_and_one_byte_more_is_not,
    an_empty_upload_has_the_digest_of_nothing,
    what_is_not_there_is_none,
    identical_bytes_are_not_written_twice,
    concurrent_uploads_of_the_same_bytes_leave_one_blob,
    damage_is_found_and_the_same_bytes_heal_it,
    a_dropped_upload_leaves_nothing,
    pieces_of_a_file_outlive_whoever_wrote_them,
    what_was_made_in_a_scratch_file_is_kept,
    everything_is_listed_and_examined,
    all_of_it_moves_to_another_store,
);
