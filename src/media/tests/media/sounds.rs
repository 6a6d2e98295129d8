//! Sound: which stretches come out, at the right time and pitch.

use podlinnik_domain::media::MediaKind;
use podlinnik_media::sound::{SOUND_RATE, STRETCH_S};
use podlinnik_media::{MediaLimits, Sound};

use crate::support::{ffmpeg, folder, plan, read, read_with};

/// Hertz, from the zero crossings.
fn pitch(sound: &Sound) -> f64 {
    let rising = sound.samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    rising as f64 * f64::from(SOUND_RATE) / sound.samples.len() as f64
}

fn seconds(sounds: &[Sound]) -> f64 {
    sounds.iter().map(|sound| sound.samples.len()).sum::<usize>() as f64 / f64::from(SOUND_RATE)
}

#[test]
fn sound_comes_at_one_rate_whatever_the_file_holds() {
    let folder = folder();
    for (name, codec) in [
        ("a.mp3", "-ar 44100 -ac 2 -c:a libmp3lame"),
        ("s16.wav", "-ar 48000 -ac 2"),
        ("u8.wav", "-ar 8000 -c:a pcm_u8"),
        ("f32.wav", "-ar 22050 -c:a pcm_f32le"),
        ("a.ogg", "-ar 48000 -c:a libopus"),
        ("a.m4a", "-ar 44100 -ac 1 -c:a aac"),
        ("a.flac", "-ar 96000 -c:a flac"),
        ("a.avi", "-f lavfi -i testsrc2=s=64x64:r=5:d=3 -c:v mpeg4 -c:a mp2 -shortest"),
    ] {
        let file = ffmpeg(&format!("-f lavfi -i sine=frequency=500:d=3 {codec}"), &folder.path().join(name));
        let outcome = read(&file).clean();
        assert_eq!(outcome.sounds.len(), 1, "{name}");
        assert!((seconds(&outcome.sounds) - 3.0).abs() < 0.2, "{name}: {}", seconds(&outcome.sounds));
        assert!((pitch(&outcome.sounds[0]) - 500.0).abs() < 20.0, "{name}: {}", pitch(&outcome.sounds[0]));
        assert!(outcome.sounds[0].at_s < 0.1, "{name}");
        let loudest = outcome.sounds[0].samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!((0.05..0.4).contains(&loudest), "{name}: {loudest}");
    }
}

#[test]
fn a_long_recording_is_sampled_all_over() {
    let folder = folder();
    // the pitch tells the time: 200 Hz at the start, 2 Hz more each second
    let source = "-f lavfi -i aevalsrc=sin(2*PI*(200*t+t*t)):s=16000:d=150";
    for (name, codec) in
        [("a.m4a", "-c:a aac"), ("a.ogg", "-c:a libvorbis"), ("a.wav", ""), ("a.mp3", "-c:a libmp3lame")]
    {
        let outcome = read(&ffmpeg(&format!("{source} {codec}"), &folder.path().join(name)));
        assert_eq!(outcome.probe().kind, MediaKind::Audio);
        assert_eq!(outcome.sounds.len(), 6, "{name}");
        assert!(seconds(&outcome.sounds) <= 72.01 && seconds(&outcome.sounds) > 68.0, "{name}");
        for (number, sound) in outcome.sounds.iter().enumerate() {
            // an MP3 has no index: places in it are estimated
            let wanted = 200.0 + 2.0 * (sound.at_s + STRETCH_S / 2.0);
            assert!(
                (pitch(sound) - wanted).abs() < if name == "a.mp3" { 16.0 } else { 6.0 },
                "{name} {number}: {} at {}",
                pitch(sound),
                sound.at_s
            );
        }
        assert!(outcome.sounds[5].at_s > 130.0 && outcome.sounds[0].at_s < 1.0, "{name}");
    }
}

#[test]
fn no_more_sound_than_was_asked_for_and_none_where_there_is_none() {
    let folder = folder();
    let file = ffmpeg("-f lavfi -i sine=d=80 -c:a aac", &folder.path().join("a.m4a"));
    for (sound_s, most) in [(0, 0.0), (5, 5.0), (30, 30.0)] {
        let outcome = read_with(&file, &plan(4, 1), MediaLimits { sound_s, ..MediaLimits::default() });
        assert!(outcome.error.is_none(), "{:?}", outcome.error);
        assert!(seconds(&outcome.sounds) <= most + 0.01, "{sound_s}: {}", seconds(&outcome.sounds));
        assert_eq!(outcome.sounds.is_empty(), sound_s == 0);
    }
    let mute = ffmpeg("-f lavfi -i testsrc2=s=64x64:r=5:d=1 -c:v mpeg4", &folder.path().join("mute.mp4"));
    assert!(read(&mute).clean().sounds.is_empty());
}

#[test]
fn a_damaged_sound_track_does_not_refuse_the_file() {
    let folder = folder();
    let file = ffmpeg(
        "-f lavfi -i testsrc2=s=64x64:r=5:d=4 -f lavfi -i sine=d=4 -c:v mpeg4 -c:a libmp3lame",
        &folder.path().join("a.avi"),
    );
    let mut bytes = std::fs::read(&file).unwrap();
    let length = bytes.len();
    for at in (length / 4..length * 3 / 4).step_by(97) {
        bytes[at] ^= 0x5a;
    }
    std::fs::write(&file, bytes).unwrap();
    let outcome = read(&file);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert!(!outcome.frames.is_empty());
}
