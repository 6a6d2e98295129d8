//! Clips from end to end: at a steady rate, and a span frame by frame.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, WarningCode};
use podlinnik_media::sound::SOUND_RATE;
use podlinnik_media::{MediaLimits, ScanPlan};

use crate::support::{colour, ffmpeg, folder, reader, scan, write};

const X264: &str = "-c:v libx264 -preset veryfast -pix_fmt yuv420p";
/// Red brightens with time: level = 40 + 3 · second.
const CLOCK: &str = "-f lavfi -i color=black:s=64x64:r=25:d=60,format=rgb24,geq=r='40+3*T':g=60:b=60";

#[test]
fn a_scan_hands_out_frames_of_their_time_at_a_steady_rate() {
    let folder = folder();
    for (name, extra) in [
        ("usual.mp4", "-qp 10 -g 250 -bf 3"),
        ("one.mkv", "-qp 10 -g 100000 -keyint_min 100000 -sc_threshold 0"),
        ("stream.ts", "-qp 10 -g 50"),
        ("program.mpg", "-c:v mpeg1video -qscale:v 2 -g 15 -f mpeg"),
        ("index.avi", "-qp 10 -bf 0"),
    ] {
        let clip = ffmpeg(&format!("{CLOCK} {X264} {extra}"), &folder.path().join(name));
        let outcome = scan(&clip, &ScanPlan::whole(2.0, 512));
        assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
        assert!((119..=121).contains(&outcome.frames.len()), "{name}: {} frames", outcome.frames.len());
        for (number, frame) in outcome.frames.iter().enumerate() {
            assert!((frame.at_s - number as f64 * 0.5).abs() < 0.21, "{name}: {number} at {}", frame.at_s);
            let [red, ..] = colour(frame, 0.2, 0.2, 0.8, 0.8);
            let expected = 40.0 + 3.0 * frame.at_s;
            assert!((f64::from(red) - expected).abs() < 7.0, "{name}: {red} at {} s", frame.at_s);
        }
        assert_eq!(outcome.progress.last(), Some(&1000), "{name}");
        assert!(!outcome.warns(WarningCode::FrameDamaged), "{name}: {:?}", outcome.warnings);
    }
}

#[test]
fn a_span_is_read_frame_by_frame() {
    let folder = folder();
    for (name, extra) in [
        ("usual.mp4", "-qp 10 -g 250 -bf 3"),
        ("stream.ts", "-qp 10 -g 50"),
        ("program.mpg", "-c:v mpeg1video -qscale:v 2 -g 15 -f mpeg"),
    ] {
        let clip = ffmpeg(&format!("{CLOCK} {X264} {extra}"), &folder.path().join(name));
        let outcome = scan(&clip, &ScanPlan::every_frame(vec![[31.3, 33.3]], 32));
        assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
        assert!((49..=52).contains(&outcome.frames.len()), "{name}: {}", outcome.frames.len());
        let first = &outcome.frames[0];
        assert!(
            (first.at_s - 31.3).abs() < 0.05 && first.width == 32 && first.scale == 2.0,
            "{name}: {first:?}"
        );
        assert!(
            outcome.frames.windows(2).all(|pair| (pair[1].at_s - pair[0].at_s - 0.04).abs() < 0.01),
            "{name}"
        );
        for frame in &outcome.frames {
            let expected = 40.0 + 3.0 * frame.at_s;
            let [red, ..] = colour(frame, 0.2, 0.2, 0.8, 0.8);
            assert!((f64::from(red) - expected).abs() < 7.0, "{name}: {red} at {} s", frame.at_s);
        }
        assert!(outcome.sounds.is_empty(), "{name}");
    }
}

/// Several spans in one go, near each other and far apart, are what each would be alone.
#[test]
fn spans_come_one_after_another() {
    let folder = folder();
    for (name, extra) in [("usual.mp4", "-qp 10 -g 50 -bf 3"), ("stream.ts", "-qp 10 -g 50")] {
        let clip = ffmpeg(&format!("{CLOCK} {X264} {extra}"), &folder.path().join(name));
        let spans = [[0.0, 0.3], [5.1, 5.3], [5.34, 5.5], [5.9, 6.1], [40.0, 41.0], [59.5, 70.0]];
        let together = scan(&clip, &ScanPlan::every_frame(spans.to_vec(), 64)).clean();
        let one_by_one: Vec<_> = spans
            .iter()
            .flat_map(|span| scan(&clip, &ScanPlan::every_frame(vec![*span], 64)).clean().frames)
            .collect();
        let times =
            |frames: &[podlinnik_media::Frame]| frames.iter().map(|frame| frame.at_s).collect::<Vec<_>>();
        assert_eq!(times(&together.frames), times(&one_by_one), "{name}");
        assert!(together.frames.len() > 55, "{name}: {}", together.frames.len());
        assert!(together.frames.iter().zip(&one_by_one).all(|(a, b)| a.rgb == b.rgb), "{name}");
    }
}

/// Two decoders side by side, as for MP4 and Matroska, hand out what one does that reads the same packets from a format without an index.
#[test]
fn stretches_that_are_read_side_by_side_make_the_same_whole() {
    let folder = folder();
    for (name, rate, codec) in [
        ("pyramid.mp4", 24, "-c:v libx264 -g 72 -bf 3"),
        ("open.mkv", 24, "-c:v libx264 -bf 3 -x264-params open-gop=1:keyint=72:scenecut=0"),
        ("slow.mp4", 10, "-c:v libx264 -g 30 -bf 4"),
        ("open-hevc.mp4", 24, "-c:v libx265 -x265-params log-level=none:open-gop=1:keyint=72:scenecut=0"),
    ] {
        let source = format!("-f lavfi -i testsrc2=s=128x64:r={rate}:d=40 -preset veryfast -pix_fmt yuv420p");
        let clip = ffmpeg(&format!("{source} {codec}"), &folder.path().join(name));
        let packets = format!("-i {} -c copy -f mpegts", clip.display());
        let stream = ffmpeg(&packets, &folder.path().join(format!("{name}.ts")));
        for plan in [
            ScanPlan::whole(2.0, 64),
            ScanPlan { spans_s: vec![[3.3, 33.3]], ..ScanPlan::whole(4.0, 64) },
            ScanPlan::every_frame(vec![[0.0, 90.0]], 64),
            ScanPlan::every_frame(
                (0..18).map(|at| [f64::from(at) * 2.0 + 0.7, f64::from(at) * 2.0 + 1.13]).collect(),
                64,
            ),
        ] {
            let (beside, alone) = (scan(&clip, &plan).clean(), scan(&stream, &plan).clean());
            let times = |frames: &[podlinnik_media::Frame]| -> Vec<i64> {
                frames.iter().map(|frame| (frame.at_s * 100.0).round() as i64).collect()
            };
            assert_eq!(times(&beside.frames), times(&alone.frames), "{name}: {plan:?}");
            assert!(beside.frames.iter().zip(&alone.frames).all(|(a, b)| a.rgb == b.rgb), "{name}: {plan:?}");
            assert!(beside.frames.iter().zip(0..).all(|(frame, number)| frame.index == number), "{name}");
            assert!(beside.progress.is_sorted(), "{name}: {:?}", beside.progress);
        }
    }
}

#[test]
fn the_sound_comes_whole_beside_the_frames() {
    let folder = folder();
    let source =
        "-f lavfi -i testsrc2=s=64x64:r=10:d=150 -f lavfi -i aevalsrc=sin(2*PI*(200*t+t*t)):s=44100:d=150";
    let clip = ffmpeg(&format!("{source} {X264} -c:a aac"), &folder.path().join("a.mp4"));
    let seconds = |samples: usize| samples as f64 / f64::from(SOUND_RATE);
    let outcome = scan(&clip, &ScanPlan::whole(1.0, 64)).clean();
    let mut end_s = 0.0;
    for sound in &outcome.sounds {
        assert!((sound.at_s - end_s).abs() < 0.01, "a gap from {end_s} to {}", sound.at_s);
        end_s = sound.at_s + seconds(sound.samples.len());
        let rising = sound.samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        let pitch = rising as f64 / seconds(sound.samples.len());
        let middle_s = sound.at_s + seconds(sound.samples.len()) / 2.0;
        assert!((pitch - 200.0 - 2.0 * middle_s).abs() < 6.0, "{pitch} at {middle_s}");
    }
    assert!((end_s - 150.0).abs() < 0.2, "{end_s}");

    let part = ScanPlan { spans_s: vec![[100.0, 104.0]], ..ScanPlan::whole(1.0, 64) };
    for (plan, frames) in [(part.clone(), 4..=5), (ScanPlan::sound_only(part.spans_s), 0..=0)] {
        let outcome = scan(&clip, &plan).clean();
        let samples: usize = outcome.sounds.iter().map(|sound| sound.samples.len()).sum();
        assert!((seconds(samples) - 4.0).abs() < 0.1 && (outcome.sounds[0].at_s - 100.0).abs() < 0.1);
        assert!(frames.contains(&outcome.frames.len()), "{}", outcome.frames.len());
    }
}

#[test]
fn stills_sound_alone_and_empty_spans() {
    let folder = folder();
    let still = ffmpeg("-f lavfi -i testsrc2=s=640x360 -frames:v 1", &folder.path().join("a.png"));
    let outcome = scan(&still, &ScanPlan::whole(2.0, 320)).clean();
    assert_eq!((outcome.frames.len(), outcome.frames[0].width, outcome.frames[0].at_s), (1, 320, 0.0));

    let gif = ffmpeg("-f lavfi -i testsrc2=s=64x64:r=10:d=3", &folder.path().join("a.gif"));
    let outcome = scan(&gif, &ScanPlan::whole(2.0, 320)).clean();
    assert_eq!((outcome.probe().kind, outcome.frames.len()), (MediaKind::Animation, 30));

    let tone = ffmpeg("-f lavfi -i sine=d=30", &folder.path().join("a.wav"));
    let outcome = scan(&tone, &ScanPlan::whole(2.0, 320)).clean();
    let samples: usize = outcome.sounds.iter().map(|sound| sound.samples.len()).sum();
    assert_eq!((outcome.frames.len(), samples), (0, 30 * SOUND_RATE as usize));

    let clip = ffmpeg(&format!("-f lavfi -i testsrc2=s=64x64:r=10:d=3 {X264}"), &folder.path().join("a.mp4"));
    scan(&clip, &ScanPlan::every_frame(vec![[60.0, 61.0]], 64)).refused(ErrorCode::MediaNoFrames);
    scan(&clip, &ScanPlan::every_frame(vec![[2.0, 1.0]], 64)).refused(ErrorCode::MediaNoFrames);
    scan(&clip, &ScanPlan::every_frame(vec![[1.0, 2.0], [1.5, 2.5]], 64)).refused(ErrorCode::MediaNoFrames);
    let unheard_of = ScanPlan::every_frame(vec![[f64::NAN, 1.0]], 64);
    assert!(scan(&clip, &unheard_of).error.is_some());
}

/// Packets are given back once they are decoded: a clip of many gigabytes takes no more memory than a short one.
#[test]
fn a_large_clip_is_not_kept_in_memory() {
    let folder = folder();
    let noise = "-f lavfi -i color=gray:s=640x360:r=25:d=16,noise=alls=100:allf=t -c:v mjpeg -q:v 1 -pix_fmt yuvj420p";
    for name in ["one.avi", "beside.mov"] {
        let clip = ffmpeg(noise, &folder.path().join(name));
        let megabytes = clip.metadata().unwrap().len() / 1_000_000;
        assert!(megabytes > 50, "{megabytes} MB");
        let file = std::fs::File::open(&clip).unwrap();
        let mut stream = reader(MediaLimits::default()).scan(file, &ScanPlan::whole(25.0, 128)).unwrap();
        let (mut early, mut late) = (None, None);
        while let Some(event) = stream.next() {
            let podlinnik_media::MediaEvent::Frame(frame) = event.unwrap() else { continue };
            let place = match frame.index {
                100 => &mut early,
                // Not the last: whoever decodes is a few frames ahead, and ends with them.
                370 => &mut late,
                _ => continue,
            };
            let status = std::fs::read_to_string(format!("/proc/{}/status", stream.process_id())).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            *place = line.split_whitespace().next().map(|kilobytes| kilobytes.parse::<u64>().unwrap() / 1000);
        }
        let (early, late) = (early.unwrap(), late.unwrap());
        assert!(late < early + megabytes / 4, "{name}: {early} MB, then {late} MB of {megabytes} MB");
    }
}

/// More than the 256 frames of an examination, and a limit on the duration that holds all the same.
#[test]
fn a_scan_is_bounded_by_the_duration() {
    let folder = folder();
    let clip =
        ffmpeg(&format!("-f lavfi -i testsrc2=s=64x64:r=25:d=20 {X264}"), &folder.path().join("a.mp4"));
    assert_eq!(scan(&clip, &ScanPlan::whole(0.0, 64)).clean().frames.len(), 500);
    let limits = MediaLimits { duration_s: 10, ..MediaLimits::default() };
    let file = std::fs::File::open(&clip).unwrap();
    let error = reader(limits).scan(file, &ScanPlan::whole(1.0, 64)).unwrap().next().unwrap().unwrap_err();
    assert_eq!(error.code(), ErrorCode::MediaTooLong);
}

/// Without its table of keyframes every frame of an MP4 passes for one, and a decoder that enters at another gives nothing until the next, without a word.
#[test]
fn a_clip_whose_keyframes_are_hidden_or_forged_is_read_all_the_same() {
    let folder = folder();
    let clip = ffmpeg(
        &format!("{CLOCK} {X264} -qp 10 -g 250 -bf 3 -sc_threshold 0"),
        &folder.path().join("whole.mp4"),
    );
    let whole = std::fs::read(&clip).unwrap();
    let at = whole.windows(4).position(|four| four == b"stss").unwrap();
    let (mut hidden, mut forged) = (whole.clone(), whole);
    hidden[at..at + 4].copy_from_slice(b"free");
    // version and flags, the number of entries, and from the second entry on (frame 251) seventy frames earlier
    for entry in 1..5 {
        let place = at + 12 + 4 * entry;
        let number = u32::from_be_bytes(forged[place..place + 4].try_into().unwrap());
        forged[place..place + 4].copy_from_slice(&(number - 70).to_be_bytes());
    }
    let plans = [ScanPlan::whole(2.0, 64), ScanPlan::every_frame(vec![[31.3, 33.3], [48.0, 49.0]], 32)];
    for plan in &plans {
        let expected: Vec<f64> = scan(&clip, plan).frames.iter().map(|frame| frame.at_s).collect();
        assert!(expected.len() > 70, "{expected:?}");
        for (name, bytes) in [("hidden.mp4", &hidden), ("forged.mp4", &forged)] {
            let outcome = scan(&write(folder.path().join(name), bytes), plan);
            assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
            let times: Vec<f64> = outcome.frames.iter().map(|frame| frame.at_s).collect();
            assert_eq!(times.len(), expected.len(), "{name}: {times:?}");
            for (frame, wanted_s) in outcome.frames.iter().zip(&expected) {
                assert!((frame.at_s - wanted_s).abs() < 0.1, "{name}: {} for {wanted_s}", frame.at_s);
                let [red, ..] = colour(frame, 0.2, 0.2, 0.8, 0.8);
                assert!(
                    (f64::from(red) - 40.0 - 3.0 * frame.at_s).abs() < 7.0,
                    "{name}: {red} at {}",
                    frame.at_s
                );
            }
        }
    }
}
