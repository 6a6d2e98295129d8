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

/// The next packet in the place of the last, whose bytes are given back: `av_read_frame` alone forgets them, and a file would stay in memory whole.
pub(super) fn read(container: &mut Container, packet: &mut Packet) -> Result<(), ffmpeg_next::Error> {
    *packet = Packet::empty();
    packet.read(container)
}

/// Moves to the last keyframe at or before `timestamp`.
pub(super) fn seek(container: &mut Container, stream: usize, timestamp: i64) -> bool {
    let Ok(stream) = i32::try_from(stream) else { return false };
    // SAFETY: the context is open and the index is one of its streams.
    unsafe { ffi::av_seek_frame(container.as_mut_ptr(), stream, timestamp, ffi::AVSEEK_FLAG_BACKWARD) >= 0 }
}

/// Seconds, if the container says.
pub(super) fn duration_s(container: &Container) -> Option<f64> {
    let duration = container.duration();
    (duration > 0).then(|| duration as f64 / f64::from(ffi::AV_TIME_BASE))
}
