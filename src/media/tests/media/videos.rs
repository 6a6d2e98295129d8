//! Clips: which frames come out of them, upright and in the right colours.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, WarningCode};
use podlinnik_media::{Frame, MediaLimits};

use crate::support::{Outcome, colour, ffmpeg, folder, near, plan, read, read_with, write};

const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

/// The moments of the frames, without those that follow in a burst.
fn moments(frames: &[Frame]) -> Vec<f64> {
    let mut bursts = BTreeSet::new();
    frames.iter().filter(|frame| bursts.insert(frame.burst)).map(|frame| frame.at_s).collect()
}

/// Fails unless the frames of a burst are consecutive in a clip of so many frames a second.
#[track_caller]
fn bursts_are_consecutive(frames: &[Frame], fps: f64) {
    for pair in frames.windows(2) {
        if pair[0].burst == pair[1].burst {
            let gap = (pair[1].at_s - pair[0].at_s) * fps;
            assert!((gap - 1.0).abs() < 0.2, "{gap} frames between {} and {}", pair[0].at_s, pair[1].at_s);
        }
    }
}

#[test]
fn a_long_clip_is_sampled_all_over() {
    let folder = folder();
    let source = "-f lavfi -i testsrc2=s=320x180:r=25:d=60";
    let clip = ffmpeg(
        &format!("{source} {X264} -g 250 -bf 2 -b_strategy 0 -preset veryfast"),
        &folder.path().join("a.mp4"),
    );
    let outcome = read(&clip).clean();
    let probe = outcome.probe();
    assert_eq!((probe.kind, probe.container.as_str()), (MediaKind::Video, "mp4"));
    assert_eq!(probe.video_codec.as_deref(), Some("h264"));
    assert_eq!((probe.width, probe.height, probe.rotation_degrees), (320, 180, 0));
    assert_eq!(probe.frame_count, Some(1500));
    assert!((probe.duration_s.unwrap() - 60.0).abs() < 0.1 && (probe.fps.unwrap() - 25.0).abs() < 0.01);
    assert!(probe.bitrate.unwrap() > 10_000);
    let moments = moments(&outcome.frames);
    assert_eq!(moments.len(), 24, "{moments:?}");
    let usual: Vec<f64> =
        outcome.frames.iter().filter(|frame| !frame.motion_only).map(|frame| frame.at_s).collect();
    assert_eq!(usual.len(), 48);
    let alone = read_with(&clip, &plan(24, 2), MediaLimits::default()).clean();
    assert_eq!(usual, alone.frames.iter().map(|frame| frame.at_s).collect::<Vec<_>>());
    assert!(alone.frames.iter().all(|frame| !frame.motion_only));
    let of = |burst| outcome.frames.iter().filter(|frame| frame.burst == burst).count();
    assert_eq!((0..24).filter(|burst| of(*burst) == 8).count(), 6, "long bursts");
    bursts_are_consecutive(&outcome.frames, 25.0);
    assert!(moments[0] < 5.0 && moments[23] > 50.0, "{moments:?}");
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] < 10.5), "{moments:?}");
    assert_eq!(outcome.progress.last(), Some(&1000));
    assert!(outcome.progress.windows(2).all(|pair| pair[0] <= pair[1]));
}

/// Colours that change at known moments tell whether a frame is the one of its time.
#[test]
fn frames_are_those_of_their_time() {
    let folder = folder();
    // red brightens with time: level = 40 + 3 · second
    let source = "-f lavfi -i color=black:s=64x64:r=25:d=60,format=rgb24,geq=r='40+3*T':g=60:b=60";
    for (name, extra) in [
        ("dense.mp4", "-g 12 -bf 2"),
        ("sparse.mp4", "-g 250 -bf 3"),
        ("one.mp4", "-g 100000 -keyint_min 100000 -sc_threshold 0"),
        ("cues.mkv", "-g 50"),
        ("stream.ts", "-g 50"),
        ("index.avi", "-g 50 -bf 0"),
        ("program.mpg", "-c:v mpeg1video -qscale:v 2 -g 15 -f mpeg"),
        ("fragments.mp4", "-g 50 -movflags frag_keyframe+empty_moov"),
    ] {
        let clip =
            ffmpeg(&format!("{source} {X264} -preset veryfast -qp 10 {extra}"), &folder.path().join(name));
        let outcome = read(&clip);
        assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
        assert!(
            !outcome.warns(WarningCode::FrameDamaged) && !outcome.warns(WarningCode::PartialDecode),
            "{name} {:?}",
            outcome.warnings
        );
        let moments = moments(&outcome.frames);
        assert!(moments.len() >= 20, "{name}: {moments:?}");
        assert!(moments[0] < 6.0 && moments[moments.len() - 1] > 50.0, "{name}: {moments:?}");
        bursts_are_consecutive(&outcome.frames, 25.0);
        for frame in &outcome.frames {
            let [red, ..] = colour(frame, 0.2, 0.2, 0.8, 0.8);
            let expected = 40.0 + 3.0 * frame.at_s;
            assert!((f64::from(red) - expected).abs() < 7.0, "{name}: {red} at {} s", frame.at_s);
        }
    }
}

#[test]
fn every_scene_gets_a_moment() {
    let folder = folder();
    // 40 s of one scene, 2 s of another, 40 s of a third; a keyframe a second
    let filter = "color=0x202020:s=128x96:r=10:d=40[a];color=0xc0c0c0:s=128x96:r=10:d=2[b];color=0x606060:s=128x96:r=10:d=40[c];[a][b][c]concat=n=3";
    let clip = ffmpeg(&format!("-filter_complex {filter} {X264} -g 10"), &folder.path().join("a.mp4"));
    let outcome = read_with(&clip, &plan(5, 1), MediaLimits::default()).clean();
    let levels: Vec<u8> = outcome.frames.iter().map(|frame| colour(frame, 0.0, 0.0, 1.0, 1.0)[0]).collect();
    assert_eq!(levels.len(), 5);
    assert_eq!(levels.iter().filter(|level| **level > 150).count(), 1, "the short scene has one: {levels:?}");
    assert!(
        levels.iter().any(|level| *level < 60) && levels.iter().any(|level| (80..120).contains(level)),
        "{levels:?}"
    );
}

#[test]
fn containers_and_codecs() {
    let folder = folder();
    let source = "-f lavfi -i testsrc2=s=160x120:r=25:d=2 -f lavfi -i sine=d=2";
    for (name, codec, container, video, audio) in [
        ("a.mp4", "-c:v libx264 -c:a aac", "mp4", "h264", "aac"),
        ("a.mov", "-c:v libx264 -c:a aac", "mov", "h264", "aac"),
        ("b.mp4", "-c:v libx265 -x265-params log-level=none -c:a aac", "mp4", "hevc", "aac"),
        ("a.mkv", "-c:v mpeg4 -c:a flac", "matroska,webm", "mpeg4", "flac"),
        ("a.webm", "-c:v libvpx -c:a libvorbis", "matroska,webm", "vp8", "vorbis"),
        (
            "b.webm",
            "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -c:a libopus",
            "matroska,webm",
            "vp9",
            "opus",
        ),
        ("c.mkv", "-c:v libsvtav1 -preset 12 -svtav1-params lp=1 -c:a aac", "matroska,webm", "av1", "aac"),
        ("a.avi", "-c:v mpeg4 -c:a mp3", "avi", "mpeg4", "mp3"),
        ("b.avi", "-c:v mjpeg -c:a mp3", "avi", "mjpeg", "mp3"),
        ("a.ts", "-c:v mpeg2video -c:a mp2", "mpegts", "mpeg2video", "mp2"),
        ("a.flv", "-c:v flv -ar 44100 -c:a mp3", "flv", "flv1", "mp3"),
        ("a.3gp", "-c:v mpeg4 -c:a aac", "mp4", "mpeg4", "aac"),
    ] {
        let clip = ffmpeg(&format!("{source} {codec}"), &folder.path().join(name));
        let outcome = read(&clip);
        assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
        let probe = outcome.probe();
        assert_eq!(probe.kind, MediaKind::Video, "{name}");
        assert_eq!(probe.container, container, "{name}");
        assert_eq!(probe.video_codec.as_deref(), Some(video), "{name}");
        assert_eq!(probe.audio_codec.as_deref(), Some(audio), "{name}");
        assert!((probe.duration_s.unwrap() - 2.0).abs() < 0.3, "{name}: {:?}", probe.duration_s);
        assert!((probe.fps.unwrap() - 25.0).abs() < 0.1, "{name}: {:?}", probe.fps);
        assert!(outcome.frames.len() >= 40, "{name}: {}", outcome.frames.len());
        // FFmpeg is not sure of the second frame's time where AVI does not store times
        if container != "avi" {
            bursts_are_consecutive(&outcome.frames, 25.0);
        }
    }
}

#[test]
fn sound_is_recognised_and_has_no_frames() {
    let folder = folder();
    for (name, codec, container) in [
        ("a.mp3", "-c:a libmp3lame", "mp3"),
        ("a.wav", "", "wav"),
        ("a.ogg", "-c:a libvorbis", "ogg"),
        ("a.m4a", "-c:a aac", "mp4"),
        ("a.flac", "", "flac"),
    ] {
        let file =
            ffmpeg(&format!("-f lavfi -i sine=d=3 {codec} -metadata title=Song"), &folder.path().join(name));
        let outcome = read(&file).clean();
        assert_eq!(
            (outcome.probe().kind, outcome.probe().container.as_str()),
            (MediaKind::Audio, container),
            "{name}"
        );
        assert!(outcome.frames.is_empty() && outcome.probe().audio_codec.is_some(), "{name}");
        assert!((outcome.probe().duration_s.unwrap() - 3.0).abs() < 0.2, "{name}");
    }
}

#[test]
fn cover_art_is_not_a_clip() {
    let folder = folder();
    let cover = ffmpeg("-f lavfi -i testsrc2=s=64x64 -frames:v 1", &folder.path().join("cover.png"));
    let inputs = format!(
        "-f lavfi -i sine=d=2 -i {} -map 0 -map 1 -c:v mjpeg -disposition:v attached_pic",
        cover.display()
    );
    for name in ["a.mp3", "a.m4a"] {
        let outcome = read(&ffmpeg(&inputs, &folder.path().join(name))).clean();
        assert_eq!(outcome.probe().kind, MediaKind::Audio, "{name}");
        assert!(outcome.frames.is_empty(), "{name}");
    }
}

#[test]
fn rotated_clips_come_out_upright() {
    let folder = folder();
    // the left half is red, the right half is blue
    let source = "-f lavfi -i color=red:s=80x120:r=10:d=1[a];color=blue:s=80x120:r=10:d=1[b];[a][b]hstack";
    let flat = ffmpeg(
        &format!("{} {X264} -qp 10", source.replace("-f lavfi -i", "-filter_complex")),
        &folder.path().join("flat.mp4"),
    );
    for (degrees, upright) in [(90u16, (120, 160)), (180, (160, 120)), (270, (120, 160))] {
        // the tag turns counter-clockwise by as many degrees as it says
        let tag = (360 - degrees) % 360;
        let arguments = format!("-i {} -c copy -metadata:s:v rotate={tag}", flat.display());
        let outcome = read(&ffmpeg(&arguments, &folder.path().join(format!("{degrees}.mp4")))).clean();
        let shown = ffmpeg(
            &format!("-i {} -frames:v 1", folder.path().join(format!("{degrees}.mp4")).display()),
            &folder.path().join(format!("{degrees}.png")),
        );
        assert_eq!((outcome.probe().width, outcome.probe().height), upright, "{degrees}");
        let frame = &outcome.frames[0];
        assert_eq!((frame.width, frame.height), upright);
        // as the ffmpeg command shows it
        let expected = read(&shown).frames.remove(0);
        for (left, top, right, bottom) in
            [(0.1, 0.1, 0.4, 0.4), (0.6, 0.1, 0.9, 0.4), (0.1, 0.6, 0.4, 0.9), (0.6, 0.6, 0.9, 0.9)]
        {
            near(colour(frame, left, top, right, bottom), colour(&expected, left, top, right, bottom), 12);
        }
    }
}

#[test]
fn colour_range_and_matrix_are_honoured() {
    let folder = folder();
    // one colour, stored in four ways
    let colour_in = [200u8, 90, 40];
    let source = "-f lavfi -i color=0xc85a28:s=64x64:r=10:d=1,format=rgb24";
    for (name, matrix, range) in [
        ("a", "bt709", "tv"),
        ("b", "bt709", "pc"),
        ("c", "smpte170m", "tv"),
        ("d", "smpte170m", "pc"),
        ("e", "bt2020nc", "tv"),
    ] {
        let scale = if matrix == "bt2020nc" { "bt2020" } else { matrix };
        let clip = ffmpeg(
            &format!(
                "{source} -vf scale=out_color_matrix={scale}:out_range={range},format=yuv444p -c:v libx264 -qp 1 -colorspace {matrix} -color_range {range}"
            ),
            &folder.path().join(format!("{name}.mp4")),
        );
        near(colour(&read(&clip).clean().frames[0], 0.0, 0.0, 1.0, 1.0), colour_in, 5);
    }
}

#[test]
fn odd_sizes_and_pixels_that_are_not_square() {
    let folder = folder();
    for (size, name) in [("33:17", "a.mkv"), ("1:1", "b.mkv"), ("321:3", "c.mkv"), ("15:241", "d.mkv")] {
        let clip = ffmpeg(
            &format!(
                "-f lavfi -i color=green:s=400x400:r=5:d=1,format=yuv444p,crop={size}:0:0:exact=1 -c:v ffv1"
            ),
            &folder.path().join(name),
        );
        let outcome = read(&clip).clean();
        let (width, height) = size.split_once(':').unwrap();
        assert_eq!(outcome.frames.len(), 5, "{size}");
        assert_eq!(
            (outcome.frames[0].width, outcome.frames[0].height),
            (width.parse().unwrap(), height.parse().unwrap())
        );
    }
    // 4:3 stored in 720 × 576 with pixels of 16:15
    let clip = ffmpeg(
        &format!("-f lavfi -i testsrc2=s=720x576:r=5:d=1 -vf setsar=16/15 {X264}"),
        &folder.path().join("wide.mp4"),
    );
    let outcome = read(&clip).clean();
    assert_eq!((outcome.probe().width, outcome.probe().height), (768, 576));
    assert_eq!((outcome.frames[0].width, outcome.frames[0].height), (768, 576));
}

#[test]
fn large_frames_are_scaled_down_and_say_so() {
    let folder = folder();
    let clip =
        ffmpeg(&format!("-f lavfi -i testsrc2=s=640x360:r=5:d=1 {X264}"), &folder.path().join("a.mp4"));
    let limits = MediaLimits { frame_side: 320, ..MediaLimits::default() };
    let outcome = read_with(&clip, &plan(2, 1), limits);
    let frame = &outcome.frames[0];
    assert_eq!((frame.width, frame.height, frame.scale), (320, 180, 2.0));
    assert!(outcome.warns(WarningCode::ScaledBeforeAnalysis));
    assert_eq!(outcome.probe().width, 640);
}

#[test]
fn clips_of_one_frame_and_of_none() {
    let folder = folder();
    let one =
        ffmpeg(&format!("-f lavfi -i testsrc2=s=64x64 -frames:v 1 {X264}"), &folder.path().join("one.mp4"));
    let outcome = read(&one).clean();
    assert_eq!((outcome.probe().kind, outcome.frames.len()), (MediaKind::Video, 1));
    let few =
        ffmpeg(&format!("-f lavfi -i testsrc2=s=64x64 -frames:v 5 {X264}"), &folder.path().join("few.mp4"));
    assert_eq!(read(&few).clean().frames.len(), 5);
    for name in ["none.mp4", "none.avi"] {
        let clip =
            ffmpeg(&format!("-f lavfi -i testsrc2=s=64x64 -frames:v 0 {X264}"), &folder.path().join(name));
        read(&clip).refused(ErrorCode::MediaNoFrames);
    }
    // a picture track that is announced and then holds nothing
    let arguments =
        format!("-f lavfi -i testsrc2=s=64x64 -frames:v 5 {X264} -movflags frag_keyframe+empty_moov");
    let mut bytes = std::fs::read(ffmpeg(&arguments, &folder.path().join("fragments.mp4"))).unwrap();
    let first = bytes.windows(4).position(|name| name == b"moof").unwrap();
    bytes.truncate(first - 4);
    read(&write(folder.path().join("header.mp4"), &bytes)).refused(ErrorCode::MediaNoFrames);
}

fn cut(path: &Path, part: f64) -> PathBuf {
    let bytes = std::fs::read(path).unwrap();
    let end = (bytes.len() as f64 * part) as usize;
    write(path.with_file_name(format!("cut-{}", path.file_name().unwrap().to_string_lossy())), &bytes[..end])
}

#[test]
fn truncated_clips_yield_what_is_there() {
    let folder = folder();
    let source = format!("-f lavfi -i testsrc2=s=320x240:r=25:d=20 {X264} -g 25");
    for (name, extra) in [
        ("a.mp4", "-movflags +faststart"),
        ("a.mkv", ""),
        ("a.avi", "-bf 0"),
        ("a.ts", ""),
        ("b.mp4", "-movflags frag_keyframe+empty_moov"),
    ] {
        let outcome = read(&cut(&ffmpeg(&format!("{source} {extra}"), &folder.path().join(name)), 0.5));
        assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
        assert!(
            outcome.frames.len() >= 10,
            "{name}: {} frames, {:?}",
            outcome.frames.len(),
            outcome.warnings
        );
        let last = outcome.frames.last().unwrap().at_s;
        assert!((4.0..16.0).contains(&last), "{name}: {last}");
        // a transport stream and fragments do not say how long they should be
        if !["a.ts", "b.mp4"].contains(&name) {
            assert!(outcome.warns(WarningCode::PartialDecode), "{name}: {:?}", outcome.warnings);
        }
    }
    // the index of this one stands at the end
    let late = cut(&ffmpeg(&source, &folder.path().join("late.mp4")), 0.5);
    read(&late).refused(ErrorCode::MediaDamaged);
}

#[test]
fn overwritten_clips_do_not_pass_for_whole() {
    let folder = folder();
    let clip = ffmpeg(
        &format!("-f lavfi -i testsrc2=s=320x240:r=25:d=10 {X264} -g 25 -movflags +faststart"),
        &folder.path().join("a.mp4"),
    );
    let mut bytes = std::fs::read(&clip).unwrap();
    let length = bytes.len();
    // every third kilobyte of the pictures is noise
    let mut state = 1u32;
    for (index, byte) in bytes.iter_mut().enumerate().skip(length / 5) {
        if index / 1024 % 3 == 0 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8;
        }
    }
    let outcome = read(&write(folder.path().join("b.mp4"), &bytes));
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert!(
        outcome.warns(WarningCode::FrameDamaged) || outcome.warns(WarningCode::PartialDecode),
        "{:?}",
        outcome.warnings
    );
}

#[test]
fn limits_hold_before_decoding() {
    let folder = folder();
    let clip =
        ffmpeg(&format!("-f lavfi -i testsrc2=s=320x240:r=25:d=10 {X264}"), &folder.path().join("a.mp4"));
    let with = |change: fn(&mut MediaLimits)| -> Outcome {
        let mut limits = MediaLimits::default();
        change(&mut limits);
        read_with(&clip, &plan(24, 2), limits)
    };
    with(|limits| limits.frame_pixels = 320 * 240 - 1).refused(ErrorCode::MediaTooManyPixels);
    assert!(with(|limits| limits.frame_pixels = 320 * 240).error.is_none());
    with(|limits| limits.duration_s = 9).refused(ErrorCode::MediaTooLong);
    assert!(with(|limits| limits.duration_s = 11).error.is_none());
    with(|limits| limits.file_bytes = 1000).refused(ErrorCode::MediaTooLarge);
    with(|limits| limits.streams = 0).refused(ErrorCode::MediaTooManyStreams);
    assert_eq!(with(|limits| limits.frames = 7).clean().frames.len(), 6);
    let few = with(|limits| limits.decoded_frames = 60);
    assert!(few.warns(WarningCode::OnlyFirstFramesRead) && few.frames.len() < 48, "{:?}", few.warnings);
}

#[test]
fn tags_are_handed_out_sorted() {
    let folder = folder();
    let clip = ffmpeg(
        &format!("-f lavfi -i testsrc2=s=64x64:d=1 {X264} -metadata title=Harbour -metadata comment=evening"),
        &folder.path().join("a.mp4"),
    );
    let metadata = read(&clip).clean().probe().metadata.clone();
    let value = |key: &str| metadata.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str());
    assert_eq!(value("container.title"), Some("Harbour"));
    assert_eq!(value("container.comment"), Some("evening"));
    assert!(metadata.is_sorted());
}
