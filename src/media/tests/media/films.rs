//! Films that are made here are read here.

use podlinnik_media::film::Film;

use crate::support::{colour, folder, near, read_all, write};

/// The level of grey that a picture of the film has.
fn level(number: u32) -> u8 {
    40 + (number * 3) as u8
}

#[test]
fn a_film_holds_its_pictures_in_order_at_its_rate() {
    let folder = folder();
    // an odd width loses its last column
    let (width, height) = (161_u32, 90_u32);
    let mut film = Film::new(width, height, 12.5).unwrap();
    for number in 0..50 {
        film.push(&vec![level(number); (width * height * 3) as usize]).unwrap();
    }
    let bytes = film.finish().unwrap();
    let outcome = read_all(&write(folder.path().join("film.mp4"), &bytes), 512).clean();
    let probe = outcome.probe();
    assert_eq!((probe.width, probe.height, probe.video_codec.as_deref()), (160, 90, Some("h264")));
    assert!((probe.duration_s.unwrap() - 4.0).abs() < 0.01, "{:?}", probe.duration_s);
    assert_eq!(outcome.frames.len(), 50);
    for (number, frame) in (0..).zip(&outcome.frames) {
        assert!((frame.at_s - f64::from(number) * 0.08).abs() < 1e-3);
        near(colour(frame, 0.1, 0.1, 0.9, 0.9), [level(number); 3], 4);
    }
}
