//! Pictures: every layout comes out as upright RGB.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, WarningCode};
use podlinnik_media::MediaLimits;

use crate::support::{colour, ffmpeg, folder, near, plan, read, read_with, write};

const RED: [u8; 3] = [220, 30, 20];
const BLUE: [u8; 3] = [20, 40, 210];

/// Left half red, right half blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE })).into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG with a block of EXIF.
fn jpeg_with_exif(picture: &DynamicImage, exif: &[u8]) -> Vec<u8> {
    let jpeg = encoded(picture, ImageFormat::Jpeg);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend_from_slice(&[0xff, 0xe1]);
    bytes.extend_from_slice(&u16::try_from(exif.len() + 8).unwrap().to_be_bytes());
    bytes.extend_from_slice(b"Exif\0\0");
    bytes.extend_from_slice(exif);
    bytes.extend_from_slice(&jpeg[2..]);
    bytes
}

/// EXIF with an orientation and the name of a camera.
fn exif(orientation: u16) -> Vec<u8> {
    let mut bytes = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    bytes.extend_from_slice(&[0x01, 0x10, 0, 2, 0, 0, 0, 4, b'C', b'a', b'm', 0]);
    bytes.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1]);
    bytes.extend_from_slice(&orientation.to_be_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn formats_are_told_by_content_not_by_name() {
    let folder = folder();
    for (format, container) in [
        (ImageFormat::Jpeg, "jpeg"),
        (ImageFormat::Png, "png"),
        (ImageFormat::WebP, "webp"),
        (ImageFormat::Gif, "gif"),
        (ImageFormat::Bmp, "bmp"),
        (ImageFormat::Tiff, "tiff"),
    ] {
        let bytes = encoded(&halves(64, 48), format);
        let outcome = read(&write(folder.path().join(format!("{container}.mp4")), &bytes)).clean();
        let probe = outcome.probe();
        assert_eq!((probe.kind, probe.container.as_str()), (MediaKind::Image, container));
        assert_eq!((probe.width, probe.height, outcome.frames.len()), (64, 48, 1));
        near(colour(&outcome.frames[0], 0.1, 0.1, 0.4, 0.9), RED, 12);
        near(colour(&outcome.frames[0], 0.6, 0.1, 0.9, 0.9), BLUE, 12);
    }
}

#[test]
fn orientation_of_exif_is_applied() {
    let folder = folder();
    for (value, size, red) in [
        (1, (64, 48), (0.1, 0.1, 0.4, 0.9)),
        (3, (64, 48), (0.6, 0.1, 0.9, 0.9)),
        (6, (48, 64), (0.1, 0.1, 0.9, 0.4)),
        (8, (48, 64), (0.1, 0.6, 0.9, 0.9)),
        (2, (64, 48), (0.6, 0.1, 0.9, 0.9)),
    ] {
        let bytes = jpeg_with_exif(&halves(64, 48), &exif(value));
        let outcome = read(&write(folder.path().join("a.jpg"), &bytes)).clean();
        assert_eq!((outcome.probe().width, outcome.probe().height), size, "{value}");
        let frame = &outcome.frames[0];
        assert_eq!((frame.width, frame.height), size);
        near(colour(frame, red.0, red.1, red.2, red.3), RED, 12);
        let model = outcome.probe().metadata.iter().find(|entry| entry.key == "exif.Model").unwrap();
        assert_eq!(model.value, "\"Cam\"");
    }
}

#[test]
fn corrupt_exif_is_a_warning() {
    let folder = folder();
    let mut broken = exif(6);
    broken[9] = 200;
    for exif in [b"not exif at all".to_vec(), broken, b"MM\0\x2a\xff\xff\xff\xff".to_vec()] {
        let bytes = jpeg_with_exif(&halves(64, 48), &exif);
        let outcome = read(&write(folder.path().join("a.jpg"), &bytes));
        assert!(outcome.error.is_none() && outcome.frames.len() == 1, "{exif:?}: {:?}", outcome.error);
        assert!(outcome.warns(WarningCode::MetadataUnreadable), "{exif:?}: {:?}", outcome.warnings);
    }
}

#[test]
fn huge_metadata_is_cut() {
    let folder = folder();
    let png = encoded(&halves(16, 16), ImageFormat::Png);
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut bytes = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(&crc(&bytes[4..]).to_be_bytes());
        bytes
    };
    let mut bytes = png[..33].to_vec();
    bytes.extend(chunk(b"tEXt", &[b"parameters\0".as_slice(), &vec![b'x'; 2 << 20]].concat()));
    bytes.extend(chunk(b"iTXt", "prompt\0\0\0ru\0\0площадь вечером".as_bytes()));
    for number in 0..500 {
        bytes.extend(chunk(b"tEXt", format!("key{number:03}\0value").as_bytes()));
    }
    bytes.extend_from_slice(&png[33..]);
    let outcome = read(&write(folder.path().join("a.png"), &bytes));
    assert!(outcome.error.is_none() && outcome.frames.len() == 1, "{:?}", outcome.error);
    assert!(outcome.warns(WarningCode::MetadataTruncated));
    let limits = MediaLimits::default();
    let metadata = &outcome.probe().metadata;
    assert_eq!(metadata.len(), limits.metadata_entries as usize);
    assert!(metadata.iter().all(|entry| entry.value.chars().count() <= limits.metadata_chars as usize));
    assert!(metadata.is_sorted());

    bytes.truncate(0);
    bytes.extend_from_slice(&png[..33]);
    bytes.extend(chunk(b"iTXt", "prompt\0\0\0ru\0\0площадь вечером".as_bytes()));
    bytes.extend_from_slice(&png[33..]);
    let outcome = read(&write(folder.path().join("b.png"), &bytes)).clean();
    assert_eq!(outcome.probe().metadata[0].value, "площадь вечером");
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[test]
fn deep_grey_and_transparent_pictures() {
    let folder = folder();
    let deep = image::ImageBuffer::from_fn(8, 8, |_, _| Rgb([0x8080u16, 0xffff, 0]));
    let outcome = read(&write(folder.path().join("a.png"), &encoded(&deep.into(), ImageFormat::Png))).clean();
    assert_eq!(colour(&outcome.frames[0], 0.0, 0.0, 1.0, 1.0), [128, 255, 0]);

    let grey = image::GrayImage::from_pixel(8, 8, image::Luma([77]));
    let outcome = read(&write(folder.path().join("b.png"), &encoded(&grey.into(), ImageFormat::Png))).clean();
    assert_eq!(colour(&outcome.frames[0], 0.0, 0.0, 1.0, 1.0), [77, 77, 77]);

    let glass = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0]));
    let outcome =
        read(&write(folder.path().join("c.png"), &encoded(&glass.into(), ImageFormat::Png))).clean();
    assert_eq!(colour(&outcome.frames[0], 0.0, 0.0, 1.0, 1.0), [255, 255, 255]);

    let palette =
        ffmpeg("-f lavfi -i color=0x3c78b4:s=16x16 -frames:v 1 -pix_fmt pal8", &folder.path().join("d.png"));
    near(colour(&read(&palette).clean().frames[0], 0.0, 0.0, 1.0, 1.0), [60, 120, 180], 6);
}

#[test]
fn cmyk_jpeg_has_the_right_colours() {
    let folder = folder();
    let base = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hostile/cmyk.jpg.b64");
    let bytes = crate::hostile::decode(&base);
    let outcome = read(&write(folder.path().join("a.jpg"), &bytes)).clean();
    near(colour(&outcome.frames[0], 0.0, 0.0, 1.0, 1.0), [191, 96, 48], 20);
}

#[test]
fn animations_have_frames_in_time() {
    let folder = folder();
    // ten frames a second, darker to brighter
    let source = "-f lavfi -i color=black:s=40x30:r=10:d=3,format=rgb24,geq=r='40+60*T':g=60:b=60";
    for (name, codec, container) in [
        ("a.gif", "-vf split[a][b];[a]palettegen[p];[b][p]paletteuse", "gif"),
        ("a.webp", "-c:v libwebp_anim -lossless 1", "webp"),
        ("a.png", "-f apng", "png"),
    ] {
        let file = ffmpeg(&format!("{source} {codec}"), &folder.path().join(name));
        let outcome = read_with(&file, &plan(5, 2), MediaLimits::default()).clean();
        let probe = outcome.probe();
        assert_eq!((probe.kind, probe.container.as_str()), (MediaKind::Animation, container));
        assert_eq!(probe.frame_count, Some(30), "{name}");
        assert!((probe.duration_s.unwrap() - 3.0).abs() < 0.11, "{name} {:?}", probe.duration_s);
        assert_eq!(outcome.frames.len(), 10, "{name}");
        assert_eq!(outcome.frames[9].burst, 4);
        for frame in &outcome.frames {
            let [red, ..] = colour(frame, 0.2, 0.2, 0.8, 0.8);
            assert!(
                (f64::from(red) - 40.0 - 60.0 * frame.at_s).abs() < 9.0,
                "{name}: {red} at {}",
                frame.at_s
            );
        }
        let all = read(&file).clean();
        assert_eq!(all.frames.len(), 30, "{name}");

        let bytes = std::fs::read(&file).unwrap();
        let half = read(&write(folder.path().join("half"), &bytes[..bytes.len() / 2]));
        if container == "webp" {
            // the decoder wants to see the end first
            half.refused(ErrorCode::MediaDamaged);
            continue;
        }
        assert!(
            half.error.is_none() && half.frames.len() >= 3,
            "{name}: {:?} {}",
            half.error,
            half.frames.len()
        );
        assert!(half.warns(WarningCode::PartialDecode), "{name}: {:?}", half.warnings);
    }
}

#[test]
fn truncated_pictures_yield_what_is_there() {
    let folder = folder();
    let noise = RgbImage::from_fn(300, 200, |x, y| Rgb([(x * y) as u8, (x * 7) as u8, (y * 5) as u8]));
    for (format, name) in
        [(ImageFormat::Jpeg, "a.jpg"), (ImageFormat::Png, "a.png"), (ImageFormat::Bmp, "a.bmp")]
    {
        let bytes = encoded(&noise.clone().into(), format);
        let outcome = read(&write(folder.path().join(name), &bytes[..bytes.len() * 6 / 10]));
        assert!(outcome.error.is_none(), "{name}: {:?}", outcome.error);
        assert_eq!(outcome.frames.len(), 1, "{name}");
        assert!(outcome.warns(WarningCode::PartialDecode), "{name}: {:?}", outcome.warnings);
        // BMP is stored from the bottom up
        if format != ImageFormat::Bmp {
            near(colour(&outcome.frames[0], 0.0, 0.0, 0.1, 0.1), colour_of(&noise), 25);
        }
    }
}

#[test]
fn a_tiff_without_its_directory_is_damaged() {
    let folder = folder();
    let bytes = encoded(&halves(64, 48), ImageFormat::Tiff);
    read(&write(folder.path().join("a.tiff"), &bytes[..bytes.len() * 6 / 10]))
        .refused(ErrorCode::MediaDamaged);
}

fn colour_of(picture: &RgbImage) -> [u8; 3] {
    let part: Vec<_> =
        (0..20).flat_map(|y| (0..30).map(move |x| (x, y))).map(|(x, y)| picture.get_pixel(x, y).0).collect();
    [0, 1, 2].map(|channel| {
        (part.iter().map(|pixel| u64::from(pixel[channel])).sum::<u64>() / part.len() as u64) as u8
    })
}

#[test]
fn large_photographs_are_scaled_down() {
    let folder = folder();
    let bytes = encoded(&halves(4000, 3000), ImageFormat::Jpeg);
    let outcome = read(&write(folder.path().join("a.jpg"), &bytes));
    let frame = &outcome.frames[0];
    assert_eq!((frame.width, frame.height), (1920, 1440));
    assert!((frame.scale - 4000.0 / 1920.0).abs() < 1e-9);
    assert_eq!((outcome.probe().width, outcome.probe().height), (4000, 3000));
    assert!(outcome.warns(WarningCode::ScaledBeforeAnalysis));
    near(colour(frame, 0.1, 0.1, 0.4, 0.9), RED, 12);
}

#[test]
fn avif_by_ffmpeg() {
    let folder = folder();
    let file = ffmpeg(
        "-f lavfi -i color=0x3c78b4:s=64x48,format=yuv420p -frames:v 1 -c:v libaom-av1 -still-picture 1 -cpu-used 8",
        &folder.path().join("a.avif"),
    );
    let outcome = read(&file).clean();
    let probe = outcome.probe();
    assert_eq!(
        (probe.kind, probe.container.as_str(), probe.video_codec.as_deref()),
        (MediaKind::Image, "avif", Some("av1"))
    );
    assert_eq!((probe.width, probe.height, outcome.frames.len()), (64, 48, 1));
    near(colour(&outcome.frames[0], 0.0, 0.0, 1.0, 1.0), [60, 120, 180], 8);
}
