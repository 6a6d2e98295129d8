//! Which slices of a set are looked at apart.

use std::collections::BTreeMap;

use crate::record::Record;
use crate::sample::{Item, Observation};

/// A column with more values than this is kept in the results and not sliced by.
const MOST_VALUES: usize = 24;

/// Dimension → value → items (by index). Dimensions with a single value say nothing new and are left out, except the source.
pub(crate) fn slices(
    items: &[Item<'_>],
    observations: &[Observation],
) -> BTreeMap<String, BTreeMap<String, Vec<usize>>> {
    let mut slices: BTreeMap<String, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    for (index, (item, observation)) in items.iter().zip(observations).enumerate() {
        let record = item.first();
        let mut put = |dimension: &str, value: String| {
            slices.entry(dimension.to_owned()).or_default().entry(value).or_default().push(index);
        };
        for (column, value) in &record.buckets {
            put(column, value.clone());
        }
        put("resolution", resolution(record));
        put("face_size", face_size(record));
        if let Some(media) = &record.media {
            put("media_kind", media.kind.code().to_owned());
            put("quality_bucket", media.quality_bucket.clone().unwrap_or_else(|| "none".to_owned()));
        }
        if let Some(bucket) = &observation.bucket {
            put("calibrated_bucket", bucket.clone());
        }
    }
    slices.retain(|dimension, values| {
        (values.len() > 1 || dimension == "source") && values.len() <= MOST_VALUES
    });
    slices
}

/// By the shorter side, named so that the classes sort by size.
fn resolution(record: &Record) -> String {
    let side = record.media.as_ref().and_then(|media| Some(media.width?.min(media.height?)));
    match side {
        None => "none",
        Some(0..240) => "1: below 240 px",
        Some(240..480) => "2: 240 to 479 px",
        Some(480..720) => "3: 480 to 719 px",
        Some(720..1080) => "4: 720 to 1079 px",
        Some(_) => "5: 1080 px and more",
    }
    .to_owned()
}

fn face_size(record: &Record) -> String {
    match record.media.as_ref().and_then(|media| media.face_px) {
        None => "no face",
        Some(side) if side < 64.0 => "1: below 64 px",
        Some(side) if side < 96.0 => "2: 64 to 95 px",
        Some(side) if side < 128.0 => "3: 96 to 127 px",
        Some(side) if side < 200.0 => "4: 128 to 199 px",
        Some(_) => "5: 200 px and more",
    }
    .to_owned()
}
