//! GIF, animated WebP, APNG. Their frames build on one another, so all are decoded twice: to see what is there, and to hand out what is wanted.

use std::io::BufReader;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ColorType, Frames, ImageDecoder, ImageFormat};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, WarningCode};

use super::choose::{self, Thumbnail};
use super::input::{Input, InputReader};
use super::metadata::Gathered;
use super::planar::Planar;
use super::scale::{Geometry, Turn};
use super::sink::Sink;
use super::still::{check_pixels, finish, gather_metadata, image_limits, name, refusal, to_rgb};
use super::{Outcome, Stop};
use crate::wire::Request;
use crate::{FilmPlan, MediaLimits, Probe};

/// Pixels that are decoded in search of what is there.
const SURVEY_PIXELS: u64 = 4_000_000_000;

/// What a first pass found.
struct Survey {
    times_s: Vec<f64>,
    thumbnails: Vec<Thumbnail>,
    duration_s: f64,
    stopped: Option<(WarningCode, String)>,
}

pub(super) fn read(input: &Input, format: ImageFormat, request: &Request, sink: &mut Sink) -> Outcome<()> {
    let limits = &request.limits;
    let mut gathered = Gathered::new(limits);
    let (width, height) = check_and_gather(input, format, limits, &mut gathered)?;
    let survey = survey(input, format, limits, u64::from(width) * u64::from(height))?;
    let count = survey.times_s.len();
    if count == 0 {
        let (code, detail) = match survey.stopped {
            Some((_, detail)) => (ErrorCode::MediaDamaged, detail),
            None => (ErrorCode::MediaNoFrames, "no frame".to_owned()),
        };
        return Err(Stop::refused(code, detail));
    }
    if survey.duration_s > limits.duration_s as f64 {
        return Err(Stop::refused(ErrorCode::MediaTooLong, format!("{:.0} s", survey.duration_s)));
    }

    let (metadata, warnings) = gathered.finish();
    let moving = count > 1;
    sink.probe(&Probe {
        kind: if moving { MediaKind::Animation } else { MediaKind::Image },
        container: name(format).to_owned(),
        video_codec: None,
        audio_codec: None,
        width,
        height,
        rotation_degrees: 0,
        fps: (moving && survey.duration_s > 0.0).then(|| count as f64 / survey.duration_s),
        frame_count: Some(count as u64),
        duration_s: moving.then_some(survey.duration_s),
        bitrate: None,
        metadata,
    })?;
    for warning in warnings {
        sink.warning(warning.code, warning.detail.unwrap_or_default())?;
    }
    if let Some((code, detail)) = &survey.stopped {
        sink.warning(*code, detail.as_str())?;
    }

    if let Some(film) = request.film.as_ref().filter(|_| moving) {
        return as_film(input, format, (limits, film), &survey, sink);
    }
    let wanted = wanted(&survey, request);
    let mut wanted_left = wanted.iter().copied().peekable();
    let mut scaled = false;
    for (index, frame) in frames(input, format, limits)?.enumerate() {
        let Some(&(next, burst)) = wanted_left.peek() else { break };
        let Ok(frame) = frame else { break };
        if index < next {
            continue;
        }
        wanted_left.next();
        let rgb = to_rgb(frame.into_buffer().into_raw(), ColorType::Rgba8)?;
        let picture = finish(rgb, width, height, Turn::default(), limits.frame_side)?;
        scaled |= picture.scale > 1.0;
        sink.frame(burst, survey.times_s.get(index).copied().unwrap_or(0.0), false, &picture)?;
        sink.progress(f64::from(sink.frames()) / wanted.len() as f64)?;
    }
    if scaled {
        let detail = format!("{width} × {height} to a longest side of {}", limits.frame_side);
        sink.warning(WarningCode::ScaledBeforeAnalysis, detail)?;
    }
    if sink.frames() == 0 {
        return Err(Stop::refused(ErrorCode::MediaDamaged, "no frame could be decoded"));
    }
    Ok(())
}

/// All frames as those of a film.
fn as_film(
    input: &Input,
    format: ImageFormat,
    (limits, film): (&MediaLimits, &FilmPlan),
    survey: &Survey,
    sink: &mut Sink,
) -> Outcome<()> {
    let geometry = Geometry { turn: Turn::default(), pixel_aspect: 1.0 };
    let mut planar = Planar::new(geometry, film.longest_side);
    let least_s = 1.0 / film.frames_per_s.max(1.0) - 1e-6;
    let mut last_s = f64::MIN;
    let ends_s = survey.times_s.iter().skip(1).copied().chain([survey.duration_s]);
    let times = survey.times_s.iter().copied().zip(ends_s);
    for ((at_s, end_s), frame) in times.zip(frames(input, format, limits)?) {
        let Ok(frame) = frame else { break };
        if at_s > film.longest_s {
            break;
        }
        if at_s - last_s < least_s {
            continue;
        }
        last_s = at_s;
        let buffer = frame.into_buffer();
        let (width, height) = buffer.dimensions();
        let rgb = to_rgb(buffer.into_raw(), ColorType::Rgba8)?;
        sink.planes(&mut planar.convert_rgb(&rgb, (width, height), at_s, end_s - at_s)?)?;
        sink.progress(end_s / survey.duration_s.min(film.longest_s).max(f64::MIN_POSITIVE))?;
    }
    if sink.frames() == 0 {
        return Err(Stop::refused(ErrorCode::MediaDamaged, "no frame could be decoded"));
    }
    Ok(())
}

/// The size, checked, and the metadata.
fn check_and_gather(
    input: &Input,
    format: ImageFormat,
    limits: &MediaLimits,
    gathered: &mut Gathered,
) -> Outcome<(u32, u32)> {
    fn all<D: ImageDecoder>(
        decoder: image::ImageResult<D>,
        (input, format, limits): (&Input, ImageFormat, &MediaLimits),
        gathered: &mut Gathered,
    ) -> Outcome<(u32, u32)> {
        let mut decoder = decoder.map_err(|error| refusal(&error))?;
        let (width, height) = decoder.dimensions();
        check_pixels(width, height, limits)?;
        gather_metadata(input, format, &mut decoder, gathered);
        Ok((width, height))
    }
    let context = (input, format, limits);
    match format {
        ImageFormat::Gif => all(GifDecoder::new(buffered(input)), context, gathered),
        ImageFormat::WebP => all(WebPDecoder::new(buffered(input)), context, gathered),
        _ => all(PngDecoder::with_limits(buffered(input), image_limits(limits)), context, gathered),
    }
}

fn buffered(input: &Input) -> BufReader<InputReader> {
    BufReader::with_capacity(1 << 16, input.reader())
}

fn frames(input: &Input, format: ImageFormat, limits: &MediaLimits) -> Outcome<Frames<'static>> {
    let frames = match format {
        ImageFormat::Gif => GifDecoder::new(buffered(input)).and_then(|mut decoder| {
            decoder.set_limits(image_limits(limits))?;
            Ok(decoder.into_frames())
        }),
        ImageFormat::WebP => WebPDecoder::new(buffered(input)).and_then(|mut decoder| {
            decoder.set_limits(image_limits(limits))?;
            Ok(decoder.into_frames())
        }),
        _ => PngDecoder::with_limits(buffered(input), image_limits(limits))
            .and_then(PngDecoder::apng)
            .map(AnimationDecoder::into_frames),
    };
    frames.map_err(|error| refusal(&error))
}

fn survey(input: &Input, format: ImageFormat, limits: &MediaLimits, pixels: u64) -> Outcome<Survey> {
    let mut survey = Survey { times_s: Vec::new(), thumbnails: Vec::new(), duration_s: 0.0, stopped: None };
    let most = limits.decoded_frames.min(SURVEY_PIXELS / pixels.max(1)).max(1);
    for frame in frames(input, format, limits)? {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                let detail = format!("after {} frames: {error}", survey.times_s.len());
                survey.stopped = Some((WarningCode::PartialDecode, detail));
                break;
            }
        };
        if survey.times_s.len() as u64 >= most {
            survey.stopped = Some((WarningCode::OnlyFirstFramesRead, format!("{most} frames")));
            break;
        }
        survey.times_s.push(survey.duration_s);
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        survey.duration_s += f64::from(numerator) / f64::from(denominator.max(1)) / 1000.0;
        let buffer = frame.buffer();
        let luma = |x, y| {
            let [r, g, b, _] = buffer.get_pixel_checked(x, y).map_or([0; 4], |pixel| pixel.0);
            ((u32::from(r) * 77 + u32::from(g) * 150 + u32::from(b) * 29) >> 8) as u8
        };
        survey.thumbnails.push(choose::thumbnail(buffer.width(), buffer.height(), luma));
    }
    Ok(survey)
}

/// Indices of the wanted frames, ascending, each with the moment it belongs to.
fn wanted(survey: &Survey, request: &Request) -> Vec<(usize, u32)> {
    let count = survey.times_s.len();
    let burst = request.plan.burst_length.max(1) as usize;
    let most = request.limits.frames as usize;
    let moments = (request.plan.moments.max(1) as usize).min((most / burst).max(1));
    let mut wanted: Vec<(usize, u32)> = if count <= moments * burst {
        (0..count).map(|index| (index, (index / burst) as u32)).collect()
    } else {
        // one candidate for each run of `burst` frames
        let firsts: Vec<usize> = (0..count / burst).map(|run| run * burst).collect();
        let thumbnails: Vec<Thumbnail> =
            firsts.iter().filter_map(|first| survey.thumbnails.get(*first).copied()).collect();
        (0u32..)
            .zip(choose::across_scenes(&thumbnails, moments))
            .flat_map(|(moment, run)| (run * burst..(run + 1) * burst).map(move |index| (index, moment)))
            .collect()
    };
    wanted.truncate(most);
    wanted
}
