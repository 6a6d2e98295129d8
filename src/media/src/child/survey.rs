//! Where a picture track can be entered: its keyframes, from the container's index or from its packets.

use ffmpeg_next::format::context::Input as Container;
use ffmpeg_next::{Packet, ffi};

use super::Outcome;
use super::demux::{Demuxed, Picture, duration_s, only, open, read, seek};
use super::input::Input;
use crate::MediaLimits;

/// Packets that are looked at in search of keyframes.
const SURVEY_PACKETS: u64 = 5_000_000;

/// Formats without an index: FFmpeg makes one up while it seeks, in which every packet is a keyframe.
const FALSE_INDEX: [&str; 2] = ["mpeg", "mpegts"];

/// A keyframe, before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Keyframe {
    /// Where to seek to, in units of the stream's time.
    pub(super) timestamp: i64,
    /// Seconds from the start.
    pub(super) at_s: f64,
}

/// Where the keyframes are.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) keyframes: Vec<Keyframe>,
    /// Frames, if they were counted.
    pub(super) frames: Option<u64>,
    /// Seconds from the start to the end of the last packet, if packets were read.
    pub(super) end_s: Option<f64>,
    /// The file ends before the container says so.
    pub(super) truncated: bool,
}

/// Finds the keyframes: from the container's index if it has one that covers the clip, else by reading all packets without decoding.
pub(super) fn survey(
    input: &Input,
    demuxed: &mut Demuxed,
    picture: &Picture,
    limits: &MediaLimits,
) -> Outcome<Survey> {
    let duration_s = duration_s(&demuxed.container);
    // Matroska reads its index only when it is asked to seek
    let seekable = seek(&mut demuxed.container, picture.stream, picture.start);
    let indexed = !FALSE_INDEX.contains(&demuxed.format.as_str());
    if seekable
        && indexed
        && let Some(survey) = from_index(input, &mut demuxed.container, picture, duration_s)
    {
        return Ok(survey);
    }
    from_packets(input, picture, duration_s, limits)
}

fn from_index(
    input: &Input,
    container: &mut Container,
    picture: &Picture,
    duration_s: Option<f64>,
) -> Option<Survey> {
    let duration_s = duration_s?;
    let mut stream = container.stream_mut(picture.stream)?;
    let mut survey = Survey::default();
    let mut entries = 0u64;
    let mut covered_s = 0.0f64;
    // SAFETY: the stream belongs to the open container, nothing else touches it during the loop, and each entry is copied before the next call.
    unsafe {
        let stream = stream.as_mut_ptr();
        for number in 0..ffi::avformat_index_get_entries_count(stream) {
            let entry = ffi::avformat_index_get_entry(stream, number);
            if entry.is_null() {
                break;
            }
            let entry = &*entry;
            let end = u64::try_from(entry.pos).unwrap_or(0) + u64::try_from(entry.size()).unwrap_or(0);
            if end > input.len() {
                survey.truncated = true;
                continue;
            }
            entries += 1;
            let at_s = (entry.timestamp.saturating_sub(picture.start)) as f64 * picture.time_base;
            covered_s = covered_s.max(at_s);
            if entry.flags() & ffi::AVINDEX_KEYFRAME != 0 {
                survey.keyframes.push(Keyframe { timestamp: entry.timestamp, at_s: at_s.max(0.0) });
            }
        }
    }
    // an index of all frames has gaps of a frame; one of keyframes has entries of its own only where they are
    let complete = entries > 2 && covered_s >= 0.7 * duration_s;
    let cut = survey.truncated && entries > 0;
    if survey.keyframes.is_empty() || !(complete || cut) {
        return None;
    }
    survey.keyframes.dedup_by_key(|keyframe| keyframe.timestamp);
    if survey.keyframes.len() as u64 != entries {
        survey.frames = Some(entries);
    }
    if cut {
        survey.end_s = Some(covered_s);
    }
    Some(survey)
}

fn from_packets(
    input: &Input,
    picture: &Picture,
    duration_s: Option<f64>,
    limits: &MediaLimits,
) -> Outcome<Survey> {
    let mut demuxed = open(input, limits)?;
    only(&mut demuxed.container, picture.stream);
    let mut survey = Survey::default();
    let mut frames = 0;
    // AVI leaves empty packets where a frame was dropped
    let mut slots = 0u64;
    let mut end = picture.start;
    let mut packet = Packet::empty();
    for _ in 0..SURVEY_PACKETS {
        match read(&mut demuxed.container, &mut packet) {
            Ok(()) => {}
            Err(ffmpeg_next::Error::InvalidData) => {
                survey.truncated = true;
                continue;
            }
            Err(ffmpeg_next::Error::Eof) => break,
            Err(_) => {
                survey.truncated = true;
                break;
            }
        }
        if packet.stream() != picture.stream {
            continue;
        }
        slots += 1;
        if packet.size() == 0 {
            continue;
        }
        frames += 1;
        let Some(timestamp) = packet.dts().or_else(|| packet.pts()) else { continue };
        end = end.max(packet.pts().unwrap_or(timestamp).saturating_add(packet.duration().max(0)));
        if packet.is_key() {
            let at_s = timestamp.saturating_sub(picture.start) as f64 * picture.time_base;
            survey.keyframes.push(Keyframe { timestamp, at_s: at_s.max(0.0) });
        }
    }
    let end_s = end.saturating_sub(picture.start) as f64 * picture.time_base;
    survey.truncated |= duration_s.is_some_and(|duration_s| end_s < 0.9 * duration_s - 1.0);
    let announced = demuxed.container.stream(picture.stream).map_or(0, |stream| stream.frames());
    survey.truncated |= u64::try_from(announced).is_ok_and(|announced| slots < announced - announced / 10);
    survey.frames = Some(frames);
    survey.end_s = Some(end_s);
    Ok(survey)
}
