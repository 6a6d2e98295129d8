//! A file with a picture track: what it is, then its frames and its sound; or with a sound track alone.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, WarningCode};

use super::choose::Timing;
use super::clip::Clip;
use super::demux::{self, Demuxed};
use super::describe::{audio_codec, bitrate, container_name, frame_rate, gather_tags, is_still, orientation};
use super::input::Input;
use super::metadata::Gathered;
use super::scale::Geometry;
use super::scan::Scan;
use super::sink::Sink;
use super::sound::Listener;
use super::survey::survey;
use super::{Outcome, Stop};
use crate::Probe;
use crate::wire::Request;

/// Frame rate that is assumed where none is known.
const USUAL_FPS: f64 = 25.0;

pub(super) fn read(input: &Input, request: &Request, sink: &mut Sink) -> Outcome<()> {
    let limits = &request.limits;
    let mut demuxed = demux::open(input, limits)?;
    let Some(picture) = demux::picture(&demuxed.container)? else {
        return sound_only(input, &demuxed, request, sink);
    };
    let survey = survey(input, &mut demuxed, &picture, limits)?;
    let frames = survey.frames.unwrap_or(survey.keyframes.len() as u64);
    if frames == 0 {
        return Err(Stop::refused(ErrorCode::MediaNoFrames, "the picture track holds no frame"));
    }
    let said_s = demux::duration_s(&demuxed.container);
    let known_s = survey.end_s.filter(|_| survey.truncated || said_s.is_none()).or(said_s);
    let longest_s = known_s.into_iter().chain(said_s).fold(0.0, f64::max);
    if longest_s > limits.duration_s as f64 {
        let detail = format!("{longest_s:.0} s, limit {} s", limits.duration_s);
        return Err(Stop::refused(ErrorCode::MediaTooLong, detail));
    }

    let geometry = Geometry { turn: orientation(&demuxed, &picture), pixel_aspect: picture.pixel_aspect };
    let fps = frame_rate(&demuxed, &picture);
    let still = is_still(&demuxed);
    let (width, height) = geometry.upright(picture.width, picture.height);
    let mut gathered = Gathered::new(limits);
    gather_tags(&demuxed, Some(picture.stream), &mut gathered);
    let (metadata, warnings) = gathered.finish();
    sink.probe(&Probe {
        kind: if still { MediaKind::Image } else { MediaKind::Video },
        container: container_name(&demuxed),
        video_codec: Some(picture.codec.name().to_owned()),
        audio_codec: audio_codec(&demuxed),
        width,
        height,
        rotation_degrees: geometry.turn.degrees,
        fps: fps.filter(|_| !still),
        frame_count: survey.frames,
        duration_s: said_s.or(survey.end_s).filter(|_| !still),
        bitrate: bitrate(&demuxed, Some(picture.stream), input, known_s),
        metadata,
    })?;
    for warning in warnings {
        sink.warning(warning.code, warning.detail.unwrap_or_default())?;
    }
    if said_s.is_none() && !still {
        let detail = format!("{:.1} s counted from packets", survey.end_s.unwrap_or(0.0));
        sink.warning(WarningCode::DurationUnknown, detail)?;
    }
    if survey.truncated {
        let detail = match (survey.end_s, said_s) {
            (Some(end_s), Some(said_s)) if end_s < said_s * 0.95 => {
                format!("the file ends after {end_s:.1} s of {said_s:.1} s")
            }
            _ => "the container announces more than there is".to_owned(),
        };
        sink.warning(WarningCode::PartialDecode, detail)?;
    }
    if width.max(height) > limits.frame_side {
        let detail = format!("{width} × {height} to a longest side of {}", limits.frame_side);
        sink.warning(WarningCode::ScaledBeforeAnalysis, detail)?;
    }

    let fps = fps.unwrap_or(USUAL_FPS);
    let duration_s = known_s.unwrap_or(frames as f64 / fps).max(1.0 / fps);
    if let Some(plan) = &request.scan {
        let mut listener = Listener::start(input, limits, plan);
        if plan.picture || still {
            let film = request.film.as_ref().filter(|_| !still);
            if let Some(film) = film {
                let zero_s = picture.start as f64 * picture.time_base;
                super::listen::read(input, limits, film, Some(zero_s), sink)?;
            }
            let timing = Timing { duration_s, fps };
            let mut scan = Scan::new(picture, geometry, (sink, &mut listener), limits, plan, timing)?;
            if let Some(film) = film {
                scan = scan.into_film(film);
            }
            scan.hand_out(input, demuxed, &survey)?;
        }
        listener.finish(sink)?;
        return sink.progress(1.0);
    }
    let burst = request.plan.burst_length.max(1);
    let mut clip = Clip::new(demuxed, picture, geometry, sink, limits, burst, fps)?;
    clip.hand_out(input, &survey, Timing { duration_s, fps }, request)?;
    clip.finish(input)?;
    super::sound::read(input, limits, sink)?;
    sink.progress(1.0)
}

/// What is known of a file without a picture track.
fn sound_only(input: &Input, demuxed: &Demuxed, request: &Request, sink: &mut Sink) -> Outcome<()> {
    let limits = &request.limits;
    if demuxed.container.nb_streams() == 0 {
        return Err(Stop::refused(ErrorCode::MediaNoFrames, "a container without streams"));
    }
    let Some(audio_codec) = audio_codec(demuxed) else {
        return Err(Stop::refused(ErrorCode::MediaUnsupported, "neither picture nor sound"));
    };
    let duration_s = demux::duration_s(&demuxed.container);
    if duration_s.is_some_and(|duration_s| duration_s > limits.duration_s as f64) {
        let detail = format!("{:.0} s, limit {} s", duration_s.unwrap_or(0.0), limits.duration_s);
        return Err(Stop::refused(ErrorCode::MediaTooLong, detail));
    }
    let mut gathered = Gathered::new(limits);
    gather_tags(demuxed, None, &mut gathered);
    let (metadata, warnings) = gathered.finish();
    sink.probe(&Probe {
        kind: MediaKind::Audio,
        container: container_name(demuxed),
        video_codec: None,
        audio_codec: Some(audio_codec),
        width: 0,
        height: 0,
        rotation_degrees: 0,
        fps: None,
        frame_count: None,
        duration_s,
        bitrate: bitrate(demuxed, None, input, duration_s),
        metadata,
    })?;
    for warning in warnings {
        sink.warning(warning.code, warning.detail.unwrap_or_default())?;
    }
    match (&request.film, &request.scan) {
        (Some(film), _) => super::listen::read(input, limits, film, None, sink)?,
        (None, Some(plan)) => Listener::start(input, limits, plan).finish(sink)?,
        (None, None) => super::sound::read(input, limits, sink)?,
    }
    sink.progress(1.0)
}
