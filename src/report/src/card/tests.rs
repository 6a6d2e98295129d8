use podlinnik_domain::notice::NoticeState;

use super::*;
use crate::sample;

/// A frame of stripes, one pixel wide: what a blur has to wipe out.
fn stripes(width: u32, height: u32) -> Vec<u8> {
    (0..width * height)
        .flat_map(|at| if (at % width).is_multiple_of(2) { [255; 3] } else { [0; 3] })
        .collect()
}

fn drawn(notice: &Notice, verdict: &Verdict, size: CardSize, frame: Option<Frame<'_>>) -> canvas::Canvas {
    layout::draw(notice, verdict, &sample::context(Language::Russian), size, frame).unwrap()
}

#[test]
fn a_png_of_the_size_that_was_asked_for() {
    let (notice, verdict) = sample::notice();
    for size in CardSize::ALL {
        let bytes = png(&notice, &verdict, &sample::context(Language::English), *size, None).unwrap();
        let reader = ::png::Decoder::new(std::io::Cursor::new(bytes.as_slice())).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), size.pixels());
        assert!(bytes.len() < 400_000, "{} bytes", bytes.len());
    }
}

#[test]
fn every_part_of_the_frame_is_lettered_and_nothing_sharp_remains() {
    let (notice, verdict) = sample::notice();
    let pixels = [128_u8; 3].repeat(640 * 360);
    let frame = Frame { width: 640, height: 360, rgb: &pixels };
    let card = drawn(&notice, &verdict, CardSize::Wide, Some(frame));
    // Any window of 160 × 160 pixels of the picture carries lettering: pixels brighter than the veiled grey.
    for top in (0..630 - 160).step_by(40) {
        for left in (720..1200 - 160).step_by(40) {
            let lettered = (top..top + 160).any(|y| (left..left + 160).any(|x| card.at(x, y)[1] > 90));
            assert!(lettered, "nothing at {left}, {top}");
        }
    }
    let striped = stripes(640, 360);
    let card =
        drawn(&notice, &verdict, CardSize::Wide, Some(Frame { width: 640, height: 360, rgb: &striped }));
    let smooth = (722..760).all(|x| card.at(x, 2)[0].abs_diff(card.at(x + 1, 2)[0]) < 60);
    assert!(smooth, "stripes can still be told apart");
}

#[test]
fn every_verdict_has_a_stamp_and_only_proof_makes_it_green() {
    let (mut notice, mut verdict) = sample::notice();
    for kind in VerdictKind::ALL {
        verdict.proposal.kind = *kind;
        let stamp = stamp(&notice, &verdict);
        assert_eq!(stamp.colour == GREEN, *kind == VerdictKind::AuthenticConfirmed, "{kind}");
        for (text, language) in [(stamp.text.ru, Language::Russian), (stamp.text.en, Language::English)] {
            let pen = lettering::Pen::new(lettering::Face::Bold, 40.0).unwrap();
            assert_eq!(lettering::showable(text, &pen), text, "{language}");
        }
    }
    notice.state = NoticeState::Retracted;
    assert_eq!(stamp(&notice, &verdict).text.ru, "ОТОЗВАНО");
}

#[test]
fn a_frame_that_lies_about_its_size_is_refused() {
    let (notice, verdict) = sample::notice();
    let context = sample::context(Language::Russian);
    for (width, height, bytes) in [(0, 0, 0), (10, 10, 299), (10, 10, 301), (u32::MAX, u32::MAX, 3)] {
        let pixels = vec![0; bytes];
        let frame = Frame { width, height, rgb: &pixels };
        let refused = png(&notice, &verdict, &context, CardSize::Wide, Some(frame));
        assert!(matches!(refused, Err(ReportError::Card(_))), "{width} × {height}, {bytes}");
    }
    for (width, height) in [(1, 1), (1, 500), (500, 1)] {
        let pixels = vec![200; (width * height * 3) as usize];
        png(&notice, &verdict, &context, CardSize::Square, Some(Frame { width, height, rgb: &pixels }))
            .unwrap();
    }
}

#[test]
fn any_words_can_be_drawn() {
    let (mut notice, verdict) = sample::notice();
    for title in [sample::SCRIPT, "👨‍👩‍👧🔥", "שלום עולם", "Щ".repeat(200).as_str(), " ", "е\u{301}то\u{202e}так"]
    {
        notice.text.title = title.into();
        for size in CardSize::ALL {
            drawn(&notice, &verdict, *size, None);
        }
    }
    let pen = lettering::Pen::new(lettering::Face::Bold, 40.0).unwrap();
    assert_eq!(lettering::showable("Пожар 🔥 в е\u{301}лке שלום", &pen), "Пожар в елке");
}
