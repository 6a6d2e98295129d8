//! Previews: what a browser gets to play is what the source shows and sounds like, at the same moments.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::MediaKind;
use podlinnik_media::preview::{self, Preview, PreviewError};
use podlinnik_media::{Frame, MediaLimits};

use crate::support::{Outcome, colour, ffmpeg, folder, near, read_all, reader, scan, write};

const X264: &str = "-c:v libx264 -preset veryfast -pix_fmt yuv420p";
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/media");

fn make(file: &Path) -> Result<(Preview, PathBuf), PreviewError> {
    let to = file.with_extension("preview");
    let mut last = 0;
    let mut progress = |permille| {
        assert!(permille >= last, "progress runs forward");
        last = permille;
        true
    };
    let made = preview::make(&reader(MediaLimits::default()), File::open(file).unwrap(), &to, &mut progress)?;
    Ok((made, to))
}

/// The preview of a clip, read again from end to end.
#[track_caller]
fn made(file: &Path) -> (Preview, Outcome) {
    let (preview, to) = make(file).unwrap();
    let outcome = scan(&to, &podlinnik_media::ScanPlan::whole(0.0, 2000)).clean();
    (preview, outcome)
}

/// What `ffprobe` says of the streams of a kind (`v` or `a`): start and end in seconds.
fn spans(file: &Path, kind: &str) -> Vec<(f64, f64)> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", kind, "-of", "csv=p=0"])
        .args(["-show_entries", "packet=pts_time,duration_time"])
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let packets: Vec<(f64, f64)> = text
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split(',').map(|number| number.parse().unwrap_or(0.0));
            Some((numbers.next()?, numbers.next()?))
        })
        .collect();
    let start = packets.iter().map(|packet| packet.0).fold(f64::MAX, f64::min);
    let end = packets.iter().map(|packet| packet.0 + packet.1).fold(f64::MIN, f64::max);
    if packets.is_empty() { Vec::new() } else { vec![(start, end)] }
}

/// Fails unless picture and sound last as long as those of the source, within 50 ms, and begin within as much of one another.
#[track_caller]
fn lasts_as_long(source: &Path, preview: &Path) {
    let zero = spans(source, "v").first().map_or(0.0, |span| span.0);
    for kind in ["v", "a"] {
        let (theirs, ours) = (spans(source, kind), spans(preview, kind));
        assert_eq!(theirs.len(), ours.len(), "{kind} of {}", source.display());
        if let ([theirs], [ours]) = (theirs.as_slice(), ours.as_slice()) {
            let (end, wanted) = (ours.1, theirs.1 - zero);
            assert!(
                (end - wanted).abs() < 0.05,
                "{kind} of {} ends at {end}, not {wanted}",
                source.display()
            );
        }
    }
}

/// What `ffprobe` says of a file.
fn said(file: &Path, entries: &str) -> String {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "compact=p=0:nk=1", "-show_entries", entries])
        .arg(file)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_a_browser_plays_comes_out_of_whatever_goes_in() {
    let folder = folder();
    let fixture = |name: &str| {
        let copy = folder.path().join(name);
        std::fs::copy(Path::new(FIXTURES).join(name), &copy).unwrap();
        copy
    };
    let source = "-f lavfi -i testsrc2=s=320x180:r=25:d=3 -f lavfi -i sine=frequency=500:d=3";
    let clip = |name: &str, how: &str| ffmpeg(&format!("{source} {how}"), &folder.path().join(name));
    for file in [
        fixture("astronaut.mp4"),
        fixture("astronaut.webm"),
        fixture("no-face.mp4"),
        clip(
            "hevc.mp4",
            "-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -c:a aac",
        ),
        clip("old.avi", "-c:v mpeg4 -c:a mp2"),
        clip("stream.ts", &format!("{X264} -g 25 -c:a ac3")),
        clip("camera.mkv", "-c:v mjpeg -c:a pcm_s16le -ar 48000 -ac 2"),
        clip("old.wmv", "-c:v wmv2 -c:a wmav2"),
    ] {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (preview, to) = make(&file).unwrap();
        assert_eq!((preview.name, preview.media_type), ("preview.mp4", "video/mp4"), "{name}");
        lasts_as_long(&file, &to);
        let streams = said(&to, "stream=codec_name,profile,pix_fmt,has_b_frames");
        assert!(streams.contains("h264|High|0|yuv420p"), "{name}: {streams}");
        assert!(!streams.contains("aac") || streams.contains("aac|LC"), "{name}: {streams}");
        let bytes = std::fs::read(&to).unwrap();
        let place = |what: &[u8]| bytes.windows(4).position(|bytes| bytes == what);
        assert!(place(b"moov") < place(b"mdat"), "{name}: the index comes first");
        // the picture is the same
        let (theirs, ours) = (read_all(&file, 1280), read_all(&to, 1280));
        assert_eq!(theirs.frames.len(), ours.frames.len(), "{name}");
        for (theirs, ours) in theirs.frames.iter().zip(&ours.frames) {
            assert!((theirs.at_s - ours.at_s).abs() < 0.002, "{name}: {} and {}", theirs.at_s, ours.at_s);
            for (left, top) in [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)] {
                let mean = |frame: &Frame| colour(frame, left, top, left + 0.5, top + 0.5);
                near(mean(theirs), mean(ours), 8);
            }
        }
    }
}

/// The clip that nobody holds straight: stored on its side, shown upright.
#[test]
fn turned_clips_are_upright_and_pixels_are_square() {
    let folder = folder();
    let flat = ffmpeg(
        &format!("-f lavfi -i color=red:s=200x100:r=25:d=1 -vf drawbox=w=50:h=100:color=blue:t=fill {X264}"),
        &folder.path().join("flat.mp4"),
    );
    for (degrees, blue) in [(90, (0.1, 0.8)), (180, (0.8, 0.4)), (270, (0.1, 0.05))] {
        let turned = folder.path().join(format!("{degrees}.mp4"));
        // an old `ffmpeg` writes the turn into the file's matrix
        ffmpeg(&format!("-i {} -c copy -metadata:s:v rotate={degrees}", flat.display()), &turned);
        let (_, outcome) = made(&turned);
        let frame = outcome.frames.last().unwrap();
        let expected = if degrees == 180 { (200, 100) } else { (100, 200) };
        assert_eq!((frame.width, frame.height), expected, "{degrees}");
        let source = read_all(&turned, 1280);
        let (left, top) = blue;
        let mean = |frame: &Frame| colour(frame, left, top, left + 0.1, top + 0.1);
        near(mean(frame), mean(source.frames.last().unwrap()), 12);
    }
    let wide = ffmpeg(
        &format!("-f lavfi -i testsrc2=s=180x144:r=25:d=1,setsar=16/11 {X264}"),
        &folder.path().join("wide.mp4"),
    );
    let (_, outcome) = made(&wide);
    assert_eq!((outcome.frames[0].width, outcome.frames[0].height), (262, 144));
}

#[test]
fn colours_stay_whatever_matrix_and_range_the_source_has() {
    let folder = folder();
    for (name, how) in [
        ("709.mp4", "-vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -color_range tv"),
        (
            "601.mp4",
            "-vf scale=out_color_matrix=smpte170m:out_range=tv -colorspace smpte170m -color_range tv",
        ),
        (
            "full.mp4",
            "-vf scale=out_color_matrix=smpte170m:out_range=pc -colorspace smpte170m -color_range pc",
        ),
        ("2020.mp4", "-vf scale=out_color_matrix=bt2020:out_range=tv -colorspace bt2020nc -color_range tv"),
    ] {
        for colours in [("0xc83030", [200, 48, 48]), ("0x30c830", [48, 200, 48]), ("0x3040d0", [48, 64, 208])]
        {
            let (code, rgb) = colours;
            let source = format!("-f lavfi -i color={code}:s=160x90:r=10:d=0.5,format=rgb24");
            let clip = ffmpeg(&format!("{source} {how} {X264} -qp 4"), &folder.path().join(name));
            let (_, outcome) = made(&clip);
            near(colour(&outcome.frames[0], 0.1, 0.1, 0.9, 0.9), rgb, 6);
        }
    }
}

#[test]
fn frames_keep_their_times_and_none_is_enlarged() {
    let folder = folder();
    // 100 frames a second are too many, odd sides are one too many
    let fast =
        ffmpeg(&format!("-f lavfi -i testsrc2=s=160x90:r=100:d=2 {X264}"), &folder.path().join("fast.mp4"));
    let (_, outcome) = made(&fast);
    assert_eq!(outcome.frames.len(), 100, "every other");
    let odd = ffmpeg("-f lavfi -i testsrc2=s=161x91:r=10:d=1 -c:v ffv1", &folder.path().join("odd.mkv"));
    let (_, outcome) = made(&odd);
    assert_eq!((outcome.frames[0].width, outcome.frames[0].height), (160, 90));
    let large = ffmpeg(
        &format!("-f lavfi -i testsrc2=s=1920x1080:r=10:d=0.5 {X264}"),
        &folder.path().join("large.mp4"),
    );
    let (_, outcome) = made(&large);
    assert_eq!((outcome.frames[0].width, outcome.frames[0].height), (1280, 720));
    // a rate that varies: 25 frames in the first second, then every fifth
    let varying = ffmpeg(
        &format!("-f lavfi -i testsrc2=s=160x90:r=25:d=4,select='lt(t,1)+not(mod(n,5))' -vsync vfr {X264}"),
        &folder.path().join("varying.mp4"),
    );
    let (_, to) = make(&varying).unwrap();
    let times = |file: &Path| read_all(file, 160).frames.iter().map(|frame| frame.at_s).collect::<Vec<_>>();
    let (theirs, ours) = (times(&varying), times(&to));
    assert!(theirs.len() == 40 && ours.len() == 40, "{} {}", theirs.len(), ours.len());
    assert!(theirs.iter().zip(&ours).all(|(a, b)| (a - b).abs() < 1e-3), "{theirs:?} {ours:?}");
    lasts_as_long(&varying, &to);
    // a keyframe at least every second
    let keyframes: Vec<f64> = said(&to, "packet=pts_time,flags")
        .lines()
        .filter_map(|line| line.split_once('|'))
        .filter(|(_, flags)| flags.starts_with('K'))
        .map(|(at_s, _)| at_s.parse().unwrap())
        .collect();
    assert!(
        keyframes.len() >= 4 && keyframes.windows(2).all(|pair| pair[1] - pair[0] < 1.2),
        "{keyframes:?}"
    );
}

/// A white flash and a beep at the same moment, with a sound track that begins at another moment than the picture.
#[test]
fn sound_stays_with_the_picture() {
    let folder = folder();
    let source = "-f lavfi -i color=black:s=160x90:r=25:d=4,drawbox=w=160:h=90:color=white:t=fill:enable='between(t,2,2.4)' \
        -f lavfi -i aevalsrc=0.5*sin(2*PI*800*t)*between(t\\,2\\,2.4):s=48000:d=4";
    for (name, how) in [
        ("together.mp4", format!("{X264} -bf 3 -c:a aac")),
        ("together.webm", "-c:v libvpx -deadline realtime -c:a libopus".to_owned()),
        ("together.ts", format!("{X264} -bf 3 -c:a mp2")),
        ("late.mkv", format!("{X264} -bf 3 -c:a pcm_s16le -af atrim=start=0.7")),
        ("early.ts", format!("{X264} -bf 3 -c:a mp2 -vf trim=start=0.6")),
        ("odd-rate.mkv", format!("{X264} -c:a pcm_s16le -ar 37800")),
        ("many-channels.mkv", format!("{X264} -c:a flac -ac 6")),
    ] {
        let clip = ffmpeg(&format!("{source} {how}"), &folder.path().join(name));
        let (_, outcome) = made(&clip);
        let flash_s = outcome
            .frames
            .iter()
            .find(|frame| colour(frame, 0.2, 0.2, 0.8, 0.8)[1] > 128)
            .map(|frame| frame.at_s)
            .unwrap();
        let sound = &outcome.sounds[0];
        let beep = sound.samples.iter().position(|sample| sample.abs() > 0.05).unwrap();
        let beep_s = sound.at_s + beep as f64 / 16_000.0;
        assert!((flash_s - beep_s).abs() < 0.05, "{name}: flash at {flash_s}, beep at {beep_s}");
        let (_, to) = make(&clip).unwrap();
        if !name.starts_with("late") {
            lasts_as_long(&clip, &to);
        }
    }
}

#[test]
fn sound_alone_animations_and_stills() {
    let folder = folder();
    for (name, how, streams) in [
        ("tone.wav", "-ar 16000", "aac|16000|1"),
        ("tone.mp3", "-ar 44100 -ac 2 -c:a libmp3lame", "aac|44100|2"),
        ("tone.flac", "-ar 96000 -c:a flac", "aac|48000|1"),
        ("tone.ogg", "-ac 2 -c:a libopus", "aac|48000|2"),
    ] {
        let file = ffmpeg(&format!("-f lavfi -i sine=frequency=500:d=4 {how}"), &folder.path().join(name));
        let (preview, to) = make(&file).unwrap();
        assert_eq!((preview.name, preview.media_type), ("preview.m4a", "audio/mp4"), "{name}");
        assert!(said(&to, "stream=codec_name,sample_rate,channels").starts_with(streams), "{name}");
        lasts_as_long(&file, &to);
        let outcome = scan(&to, &podlinnik_media::ScanPlan::whole(0.0, 64)).clean();
        assert_eq!(outcome.probe().kind, MediaKind::Audio);
        let sound = &outcome.sounds[0].samples;
        let rising = sound.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        let pitch = rising as f64 * 16_000.0 / sound.len() as f64;
        assert!((pitch - 500.0).abs() < 10.0, "{name}: {pitch}");
    }

    let gif = ffmpeg("-f lavfi -i testsrc2=s=101x64:r=10:d=3", &folder.path().join("a.gif"));
    let (preview, outcome) = made(&gif);
    assert_eq!((preview.media_type, outcome.frames.len(), outcome.frames[0].width), ("video/mp4", 30, 100));
    assert!((outcome.probe().duration_s.unwrap() - 3.0).abs() < 0.05, "{:?}", outcome.probe().duration_s);
    near(
        colour(&outcome.frames[7], 0.0, 0.0, 0.5, 1.0),
        colour(&read_all(&gif, 200).frames[7], 0.0, 0.0, 0.5, 1.0),
        8,
    );

    for (name, expected, size) in [
        ("a.png", ("preview.png", "image/png"), (5000, 40)),
        ("a.jpg", ("preview.jpg", "image/jpeg"), (640, 360)),
        ("one.gif", ("preview.png", "image/png"), (64, 48)),
    ] {
        let (width, height) = size;
        let still = ffmpeg(
            &format!("-f lavfi -i testsrc2=s={width}x{height} -frames:v 1"),
            &folder.path().join(name),
        );
        let (preview, to) = make(&still).unwrap();
        assert_eq!((preview.name, preview.media_type), expected);
        let (pixels, w, h) = podlinnik_media::encode::own_picture(&std::fs::read(to).unwrap()).unwrap();
        assert_eq!((w, h), if width > 4096 { (4096, 33) } else { size }, "{name}: never enlarged");
        assert_eq!(pixels.len() as u32, w * h * 3);
    }
}

#[test]
fn what_cannot_be_read_has_a_code_and_what_is_cut_off_a_note() {
    let folder = folder();
    let text = write(folder.path().join("a.mp4"), b"not a film at all");
    let code = |file: &Path| make(file).map(|_| ()).map_err(|error| error.code()).unwrap_err();
    assert_eq!(code(&text), (ErrorCode::MediaUnsupported, true));
    assert_eq!(code(&write(folder.path().join("b.mp4"), b"")), (ErrorCode::MediaEmpty, true));
    let clip = ffmpeg(
        &format!("-f lavfi -i testsrc2=s=320x180:r=25:d=4 {X264} -movflags +faststart"),
        &folder.path().join("c.mp4"),
    );
    let bytes = std::fs::read(&clip).unwrap();
    let cut = write(folder.path().join("cut.mp4"), &bytes[..bytes.len() / 2]);
    let (preview, outcome) = made(&cut);
    assert!(preview.recipe.ends_with("what could be read"), "{}", preview.recipe);
    assert!((20..90).contains(&outcome.frames.len()), "{}", outcome.frames.len());
    // nobody wants it
    let to = folder.path().join("unwanted");
    let file = File::open(&clip).unwrap();
    let stopped = preview::make(&reader(MediaLimits::default()), file, &to, &mut |permille| permille < 300);
    assert!(matches!(stopped, Err(PreviewError::Cancelled)), "{stopped:?}");
}
