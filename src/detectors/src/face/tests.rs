use proptest::prelude::*;

use super::*;

/// A face whose look is decided by `person`.
fn face(frame: u32, burst: u32, place: (f64, f64), side: f64, person: u32) -> Face {
    let rgb = (0..CROP_SIDE * CROP_SIDE)
        .flat_map(|i| {
            let (x, y) = (i % CROP_SIDE / 40, i / CROP_SIDE / 40);
            let grey = (x.wrapping_mul(person * 7 + 3) ^ y.wrapping_mul(person * 13 + 5))
                .wrapping_mul(2_654_435_761);
            // One bit of noise, because nothing in a photograph is flat.
            [(grey >> 24) as u8 & 0xfe | (i.wrapping_mul(2_654_435_761) >> 31) as u8; 3]
        })
        .collect();
    let crop = Pixels { width: CROP_SIDE, height: CROP_SIDE, rgb };
    let square = Square { x: place.0, y: place.1, side };
    Face::from_crop(frame, burst, f64::from(frame), square, 1.0, crop)
}

#[test]
fn two_faces_make_two_tracks() {
    let faces = (0..6)
        .flat_map(|frame| {
            let drift = f64::from(frame) * 4.0;
            [
                face(frame, frame / 2, (200.0 + drift, 200.0), 100.0, 1),
                face(frame, frame / 2, (600.0 - drift, 210.0), 160.0, 2),
            ]
        })
        .collect();
    let followed = follow(faces, 8);
    assert_eq!(followed.seen, 2);
    let sizes: Vec<f64> = followed.tracks.iter().map(Track::face_px).collect();
    assert_eq!(sizes, [160.0, 100.0], "the more prominent face comes first");
    assert!(followed.tracks.iter().all(|track| track.faces.len() == 6));
}

#[test]
fn another_person_in_the_same_place_is_another_track() {
    let faces = vec![face(0, 0, (300.0, 300.0), 120.0, 1), face(10, 5, (305.0, 300.0), 120.0, 9)];
    assert_eq!(follow(faces, 8).seen, 2);
}

#[test]
fn the_same_person_after_a_cut_elsewhere_is_the_same_track() {
    let faces = vec![face(0, 0, (300.0, 300.0), 120.0, 1), face(10, 5, (900.0, 400.0), 130.0, 1)];
    assert_eq!(follow(faces, 8).seen, 1);
}

#[test]
fn only_the_most_prominent_are_kept_and_the_rest_is_counted() {
    let faces = (0..50).map(|n| face(0, 0, (f64::from(n) * 100.0, 50.0), 40.0 + f64::from(n), n)).collect();
    let followed = follow(faces, 8);
    assert_eq!((followed.seen, followed.tracks.len()), (50, 8));
    assert!(followed.tracks.iter().all(|track| track.face_px() >= 82.0));
    let dropped: f64 = (0..42).map(|n| f64::from(40 + n) * f64::from(40 + n)).sum();
    assert!((followed.dropped_prominence - dropped).abs() < 1e-6);
}

#[test]
fn profile_covered_and_cut_off_faces_are_not_usable() {
    let good = face(0, 0, (100.0, 100.0), 90.0, 1);
    assert_eq!(good.obstacle(), None);
    let drawn = CropQuality { flatness: 0.9, ..good.quality };
    let drawn = Face { quality: drawn, ..good.clone() };
    assert_eq!(drawn.obstacle(), Some(Reason::NonPhotorealistic));
    for bad in [
        Face { yaw_degrees: -62.0, ..good.clone() },
        Face { presence: 3.0, ..good.clone() },
        Face { inside: 0.6, ..good.clone() },
    ] {
        assert_eq!(bad.obstacle(), Some(Reason::FaceOccludedOrProfile));
    }
}

proptest! {
    #[test]
    fn no_sighting_is_lost_and_no_track_has_two_in_one_frame(
        sightings in proptest::collection::vec((0..6_u32, 0.0..900.0_f64, 30.0..200.0_f64, 0..3_u32), 0..24)
    ) {
        let faces: Vec<Face> = sightings
            .iter()
            .map(|(frame, x, side, person)| face(*frame, *frame / 2, (*x, 100.0), *side, *person))
            .collect();
        let count = faces.len();
        let followed = follow(faces, usize::MAX);
        prop_assert_eq!(followed.tracks.iter().map(|track| track.faces.len()).sum::<usize>(), count);
        for track in &followed.tracks {
            prop_assert!(track.faces.windows(2).all(|pair| pair[0].frame < pair[1].frame));
        }
    }
}
