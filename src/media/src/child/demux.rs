//! Containers by FFmpeg: opened from the descriptor only, from a list of formats, with limits before anything is decoded.

use std::ffi::CStr;
use std::ptr;

use ffmpeg_next::codec::Id;
use ffmpeg_next::ffi;
use ffmpeg_next::format::context::{Input as Container, StreamIo};
use ffmpeg_next::format::stream::Disposition;
use ffmpeg_next::{Dictionary, Packet, media};
use podlinnik_domain::error_code::ErrorCode;

use super::input::Input;
use super::{Outcome, Stop};
use crate::MediaLimits;

/// Formats that hold their media themselves. Playlists and scripts (hls, dash, concat, …), devices and image sequences are not among them.
const FORMATS: &[&str] = &[
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "avi",
    "mpegts",
    "mpeg",
    "mpegvideo",
    "ogg",
    "flv",
    "asf",
    "wav",
    "w64",
    "aiff",
    "mp3",
    "flac",
    "aac",
    "amr",
    "h264",
    "hevc",
    "m4v",
    "ivf",
    "obu",
    "mxf",
    "rm",
];

/// Decoders that may run, sound included: FFmpeg opens some to learn what a stream is.
const DECODERS: &[&str] = &[
    "h264",
    "hevc",
    "vp8",
    "vp9",
    "libdav1d",
    "libaom-av1",
    "av1",
    "mpeg4",
    "mpeg1video",
    "mpeg2video",
    "msmpeg4",
    "msmpeg4v1",
    "msmpeg4v2",
    "h263",
    "h263p",
    "flv",
    "theora",
    "mjpeg",
    "prores",
    "dnxhd",
    "wmv1",
    "wmv2",
    "wmv3",
    "vc1",
    "vp6",
    "vp6f",
    "ffv1",
    "huffyuv",
    "ffvhuff",
    "utvideo",
    "dvvideo",
    "rawvideo",
    "png",
    "rv30",
    "rv40",
    "cinepak",
    "svq3",
    "aac",
    "mp3float",
    "mp3",
    "mp2",
    "mp2float",
    "ac3",
    "eac3",
    "flac",
    "vorbis",
    "opus",
    "libopus",
    "alac",
    "amrnb",
    "amrwb",
    "libopencore_amrnb",
    "libopencore_amrwb",
    "pcm_s16le",
    "pcm_s16be",
    "pcm_s24le",
    "pcm_s32le",
    "pcm_f32le",
    "pcm_u8",
    "pcm_alaw",
    "pcm_mulaw",
    "wmav1",
    "wmav2",
    "adpcm_ms",
    "adpcm_ima_wav",
    "cook",
];

/// Below this, FFmpeg only guesses what a file is.
const LOWEST_SCORE: i32 = 13;
/// Packets that are looked at in search of keyframes.
const SURVEY_PACKETS: u64 = 5_000_000;

/// Tags that are looked at.
const TAGS: usize = 10_000;

/// An opened container.
pub(super) struct Demuxed {
    pub(super) container: Container,
    pub(super) format: String,
}

/// What is known of a stream before anything of it is decoded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) stream: usize,
    pub(super) codec: Id,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Seconds per unit of time.
    pub(super) time_base: f64,
    /// First timestamp, in units of time.
    pub(super) start: i64,
    pub(super) pixel_aspect: f64,
}

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

/// Opens the file. Nothing but the file can be opened in the course of it: the context has no protocols, and the sandbox no descriptors.
pub(super) fn open(input: &Input, limits: &MediaLimits) -> Outcome<Demuxed> {
    ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    let mut stream = StreamIo::from_read_seek_with_capacity(input.reader(), 1 << 16)
        .map_err(|error| failure(error, ErrorCode::MediaMemoryLimit))?;

    let mut format = ptr::null();
    // SAFETY: the stream outlives the call; the format that comes back is a static table of the library, or null.
    let score = unsafe {
        ffi::av_probe_input_buffer2(stream.as_mut_ptr(), &mut format, c"".as_ptr(), ptr::null_mut(), 0, 0)
    };
    if format.is_null() || score < LOWEST_SCORE {
        return Err(Stop::refused(ErrorCode::MediaUnsupported, "no known format"));
    }
    // SAFETY: `format` is a table of the library with a static name.
    let name = unsafe { CStr::from_ptr((*format).name) }.to_string_lossy().into_owned();
    if !FORMATS.contains(&name.as_str()) {
        return Err(Stop::refused(ErrorCode::MediaUnsupported, format!("format {name}")));
    }

    let options: Dictionary<'_> = [
        ("protocol_whitelist", "none"),
        ("format_whitelist", name.as_str()),
        ("codec_whitelist", &DECODERS.join(",")),
        // more streams than that are not even counted
        ("max_streams", "4096"),
    ]
    .into_iter()
    .collect();
    // SAFETY: the context is ours until the wrapper takes it; on failure `avformat_open_input` frees it. The stream is kept alive by the wrapper,
    // and outlives a failed call because it is dropped at the end of this function.
    let mut container = unsafe {
        let mut context = ffi::avformat_alloc_context();
        if context.is_null() {
            return Err(Stop::refused(ErrorCode::MediaMemoryLimit, "cannot allocate a format context"));
        }
        (*context).pb = stream.as_mut_ptr();
        (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
        let mut options = options.disown();
        let result = ffi::avformat_open_input(&mut context, c"".as_ptr(), format, &mut options);
        ffi::av_dict_free(&mut options);
        if result < 0 {
            return Err(failure(ffmpeg_next::Error::from(result), ErrorCode::MediaDamaged));
        }
        Container::wrap_with_custom_io(context, stream)
    };
    check_streams(&container, limits)?;
    find_stream_info(&mut container, limits)?;
    check_streams(&container, limits)?;
    Ok(Demuxed { container, format: name })
}

/// A refusal from FFmpeg's error: out of memory is always that.
pub(super) fn failure(error: ffmpeg_next::Error, otherwise: ErrorCode) -> Stop {
    let code = match error {
        ffmpeg_next::Error::Other { errno: ffmpeg_next::error::ENOMEM } => ErrorCode::MediaMemoryLimit,
        _ => otherwise,
    };
    Stop::refused(code, error.to_string())
}

/// Reads far enough to know the streams. Decoders that run on the way obey the limit of pixels.
fn find_stream_info(container: &mut Container, limits: &MediaLimits) -> Outcome<()> {
    let pixels = limits.frame_pixels.to_string();
    // SAFETY: one dictionary for each stream that exists now, as the function asks for; all are freed afterwards, whatever it left in them.
    let result = unsafe {
        let mut options: Vec<*mut ffi::AVDictionary> = (0..container.nb_streams())
            .map(|_| [("max_pixels", pixels.as_str())].into_iter().collect::<Dictionary<'_>>().disown())
            .collect();
        let result = ffi::avformat_find_stream_info(container.as_mut_ptr(), options.as_mut_ptr());
        options.iter_mut().for_each(|options| ffi::av_dict_free(options));
        result
    };
    if result < 0 {
        return Err(failure(ffmpeg_next::Error::from(result), ErrorCode::MediaDamaged));
    }
    Ok(())
}

fn check_streams(container: &Container, limits: &MediaLimits) -> Outcome<()> {
    let count = container.nb_streams();
    if count > limits.streams {
        return Err(Stop::refused(
            ErrorCode::MediaTooManyStreams,
            format!("{count} streams, limit {}", limits.streams),
        ));
    }
    for stream in container.streams() {
        let (width, height, _) = size(&stream);
        let pixels = u64::from(width) * u64::from(height);
        if pixels > limits.frame_pixels {
            return Err(Stop::refused(
                ErrorCode::MediaTooManyPixels,
                format!("{width} × {height}, limit {} pixels", limits.frame_pixels),
            ));
        }
    }
    Ok(())
}

/// Width, height and pixel aspect of a stream; zeros for sound.
fn size(stream: &ffmpeg_next::Stream<'_>) -> (u32, u32, f64) {
    let parameters = stream.parameters();
    // SAFETY: both pointers belong to the open container, which outlives `stream`.
    let (width, height, own, of_stream) = unsafe {
        let parameters = &*parameters.as_ptr();
        let of_stream = (*stream.as_ptr()).sample_aspect_ratio;
        (parameters.width, parameters.height, parameters.sample_aspect_ratio, of_stream)
    };
    let ratio = |r: ffi::AVRational| (r.num > 0 && r.den > 0).then(|| f64::from(r.num) / f64::from(r.den));
    let aspect = ratio(of_stream).or_else(|| ratio(own)).filter(|aspect| (0.125..=8.0).contains(aspect));
    let side = |length: i32| u32::try_from(length).unwrap_or(0);
    (side(width), side(height), aspect.unwrap_or(1.0))
}

/// The largest picture track that is not cover art. `Err` with the codec's name if there is one that cannot be decoded.
pub(super) fn picture(container: &Container) -> Outcome<Option<Picture>> {
    let mut best: Option<Picture> = None;
    let mut unknown = None;
    for stream in container.streams() {
        let parameters = stream.parameters();
        let art = Disposition::ATTACHED_PIC;
        if parameters.medium() != media::Type::Video || stream.disposition().intersects(art) {
            continue;
        }
        let codec = parameters.id();
        if !decoder_is_known(codec) {
            unknown.get_or_insert(codec);
            continue;
        }
        let (width, height, aspect) = size(&stream);
        let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
        if best.as_ref().is_some_and(|best| area(best.width, best.height) >= area(width, height)) {
            continue;
        }
        let start = stream.start_time();
        best = Some(Picture {
            stream: stream.index(),
            codec,
            width,
            height,
            time_base: f64::from(stream.time_base()),
            start: if start == ffi::AV_NOPTS_VALUE { 0 } else { start },
            pixel_aspect: if (0.99..=1.01).contains(&aspect) { 1.0 } else { aspect },
        });
    }
    match (best, unknown) {
        (None, Some(codec)) => {
            Err(Stop::refused(ErrorCode::MediaUnsupported, format!("codec {}", codec.name())))
        }
        (best, _) => Ok(best),
    }
}

pub(super) fn decoder_is_known(codec: Id) -> bool {
    ffmpeg_next::decoder::find(codec).is_some_and(|decoder| DECODERS.contains(&decoder.name()))
}

/// Tags of the container or of one stream. FFmpeg hands them through as they stand in the file, not always as UTF-8.
pub(super) fn tags(container: &Container, stream: Option<usize>) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    // SAFETY: the dictionary belongs to the open container and is not changed during the loop; keys and values are strings with a final zero and
    // are copied at once.
    unsafe {
        let dictionary = match stream {
            None => (*container.as_ptr()).metadata,
            Some(stream) => match container.stream(stream) {
                Some(stream) => (*stream.as_ptr()).metadata,
                None => return tags,
            },
        };
        let mut entry = ptr::null();
        loop {
            entry = ffi::av_dict_get(dictionary, c"".as_ptr(), entry, ffi::AV_DICT_IGNORE_SUFFIX);
            if entry.is_null() || tags.len() >= TAGS {
                return tags;
            }
            let text = |text| CStr::from_ptr(text).to_string_lossy().into_owned();
            tags.push((text((*entry).key), text((*entry).value)));
        }
    }
}

/// Lets the container skip every stream but one.
pub(super) fn only(container: &mut Container, wanted: usize) {
    for mut stream in container.streams_mut() {
        if stream.index() != wanted {
            // SAFETY: the stream belongs to the open container; `discard` is a public field that callers may set at any time.
            unsafe { (*stream.as_mut_ptr()).discard = ffi::AVDiscard::AVDISCARD_ALL };
        }
    }
}

/// Moves to the last keyframe at or before `timestamp`.
pub(super) fn seek(container: &mut Container, stream: usize, timestamp: i64) -> bool {
    let Ok(stream) = i32::try_from(stream) else { return false };
    // SAFETY: the context is open and the index is one of its streams.
    unsafe { ffi::av_seek_frame(container.as_mut_ptr(), stream, timestamp, ffi::AVSEEK_FLAG_BACKWARD) >= 0 }
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
    if seekable && let Some(survey) = from_index(input, &mut demuxed.container, picture, duration_s) {
        return Ok(survey);
    }
    from_packets(input, picture, duration_s, limits)
}

/// Seconds, if the container says.
pub(super) fn duration_s(container: &Container) -> Option<f64> {
    let duration = container.duration();
    (duration > 0).then(|| duration as f64 / f64::from(ffi::AV_TIME_BASE))
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
        match packet.read(&mut demuxed.container) {
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
