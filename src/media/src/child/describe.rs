//! What a container says of its contents: turn, frame rate, codecs, bit rate, tags.

use ffmpeg_next::{media, packet};

use super::demux::{self, Demuxed, Picture};
use super::input::Input;
use super::metadata::Gathered;
use super::scale::Turn;

/// How the picture has to be turned to stand upright.
pub(super) fn orientation(demuxed: &Demuxed, picture: &Picture) -> Turn {
    demuxed
        .container
        .stream(picture.stream)
        .and_then(|stream| {
            stream
                .side_data()
                .find(|data| data.kind() == packet::side_data::Type::DisplayMatrix)
                .map(|data| Turn::from_display_matrix(data.data()))
        })
        .unwrap_or_default()
}

/// Frames a second, where the container says something sensible.
pub(super) fn frame_rate(demuxed: &Demuxed, picture: &Picture) -> Option<f64> {
    let stream = demuxed.container.stream(picture.stream)?;
    [stream.avg_frame_rate(), stream.rate()]
        .into_iter()
        .filter(|rate| rate.denominator() > 0)
        .map(f64::from)
        .find(|rate| rate.is_finite() && *rate > 0.01 && *rate < 1000.0)
}

/// FFmpeg's name of the first sound track's codec.
pub(super) fn audio_codec(demuxed: &Demuxed) -> Option<String> {
    demuxed
        .container
        .streams()
        .find(|stream| stream.parameters().medium() == media::Type::Audio)
        .map(|stream| stream.parameters().id().name().to_owned())
}

/// Bits a second: of the stream, else of the container, else of the bytes over the time.
pub(super) fn bitrate(
    demuxed: &Demuxed,
    stream: Option<usize>,
    input: &Input,
    duration_s: Option<f64>,
) -> Option<u64> {
    let of_stream = stream
        .and_then(|stream| demuxed.container.stream(stream))
        .and_then(|stream| u64::try_from(stream.parameters().bit_rate()).ok());
    let of_file = u64::try_from(demuxed.container.bit_rate()).ok();
    of_stream
        .filter(|rate| *rate > 0)
        .or(of_file.filter(|rate| *rate > 0))
        .or_else(|| duration_s.filter(|s| *s > 0.1).map(|s| (input.len() as f64 * 8.0 / s) as u64))
}

/// FFmpeg's name, but one word for the family of MP4.
pub(super) fn container_name(demuxed: &Demuxed) -> String {
    match (demuxed.format.as_str(), major_brand(demuxed).as_str()) {
        ("mov,mp4,m4a,3gp,3g2,mj2", "avif" | "avis") => "avif".to_owned(),
        ("mov,mp4,m4a,3gp,3g2,mj2", "qt") => "mov".to_owned(),
        ("mov,mp4,m4a,3gp,3g2,mj2", _) => "mp4".to_owned(),
        (format, _) => format.to_owned(),
    }
}

/// Whether the container holds one picture (AVIF).
pub(super) fn is_still(demuxed: &Demuxed) -> bool {
    major_brand(demuxed) == "avif"
}

fn major_brand(demuxed: &Demuxed) -> String {
    let tags = demux::tags(&demuxed.container, None);
    tags.into_iter()
        .find(|(key, _)| key == "major_brand")
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}

/// Takes the tags of the container and of the picture track.
pub(super) fn gather_tags(demuxed: &Demuxed, stream: Option<usize>, gathered: &mut Gathered) {
    for (key, value) in demux::tags(&demuxed.container, None) {
        gathered.add(&format!("container.{key}"), &value);
    }
    for (key, value) in stream.map(|stream| demux::tags(&demuxed.container, Some(stream))).unwrap_or_default()
    {
        gathered.add(&format!("picture.{key}"), &value);
    }
}
