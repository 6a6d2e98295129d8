//! Where a fake was changed: its heat maps against the difference to the original that the manifest names.

use std::collections::BTreeMap;
use std::path::Path;

use podlinnik_domain::analysis::Report;
use podlinnik_domain::finding::{BoundingBox, Finding};
use podlinnik_evaluation::localisation::{Picture, Pointed};
use podlinnik_media::{Frame, MediaEvent, MediaReader, SamplingPlan};

use crate::input::open;

/// By method, its most telling map. Empty where there is no map, or the two pictures cannot be held against each other.
pub(super) fn pointed(
    report: &Report,
    fake: &Path,
    original: &Path,
    reader: &MediaReader,
) -> BTreeMap<String, Pointed> {
    let maps: Vec<_> =
        report.findings.iter().filter_map(|finding| Some((finding, telling(finding)?))).collect();
    if maps.is_empty() {
        return BTreeMap::new();
    }
    let (Some(fake), Some(original)) = (picture(fake, reader), picture(original, reader)) else {
        return BTreeMap::new();
    };
    let scale = fake.scale;
    let (fake, original) = (plain(&fake), plain(&original));
    maps.into_iter()
        .filter_map(|(finding, (map, area))| {
            let area = BoundingBox {
                x: area.x / scale,
                y: area.y / scale,
                width: area.width / scale,
                height: area.height / scale,
            };
            Some((finding.method.as_str().to_owned(), Pointed::new(map, &area, fake, original)?))
        })
        .collect()
}

/// The first map of a finding: the most telling place comes first. Only of stills, because pairs of clips need not be in step.
fn telling(finding: &Finding) -> Option<(&podlinnik_domain::finding::HeatMap, BoundingBox)> {
    finding.locations.iter().find_map(|location| Some((location.heat_map.as_ref()?, location.bounding_box?)))
}

/// The one frame of a still.
fn picture(path: &Path, reader: &MediaReader) -> Option<Frame> {
    let input = open(path, reader.limits().file_bytes).ok()?;
    let plan = SamplingPlan { moments: 2, burst_length: 1, ..SamplingPlan::default() };
    let mut frames = reader.open(input.file, &plan).ok()?.filter_map(|event| match event {
        Ok(MediaEvent::Frame(frame)) => Some(frame),
        _ => None,
    });
    let first = frames.next()?;
    frames.next().is_none().then_some(first)
}

fn plain(frame: &Frame) -> Picture<'_> {
    Picture { width: frame.width, height: frame.height, rgb: &frame.rgb }
}
