//! Decoded planes to upright 8-bit RGB of the size that is handed out.

use ffmpeg_next::color::{Range, Space};
use ffmpeg_next::ffi;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling;
use image::metadata::Orientation;
use podlinnik_domain::error_code::ErrorCode;

use super::sink::Picture;
use super::{Outcome, Stop};

/// What makes a picture upright: first mirrored left to right if need be, then turned clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Turn {
    pub(super) mirrored: bool,
    /// 0, 90, 180 or 270.
    pub(super) degrees: u16,
}

impl Turn {
    pub(super) const fn from_orientation(orientation: Orientation) -> Self {
        let (mirrored, degrees) = match orientation {
            Orientation::NoTransforms => (false, 0),
            Orientation::Rotate90 => (false, 90),
            Orientation::Rotate180 => (false, 180),
            Orientation::Rotate270 => (false, 270),
            Orientation::FlipHorizontal => (true, 0),
            Orientation::FlipVertical => (true, 180),
            // the image crate turns first and mirrors then; mirroring first turns the other way round
            Orientation::Rotate90FlipH => (true, 270),
            Orientation::Rotate270FlipH => (true, 90),
        };
        Self { mirrored, degrees }
    }

    /// From FFmpeg's display matrix: nine numbers, row by row, of which the upper left four turn and mirror. Angles in between are rounded.
    pub(super) fn from_display_matrix(bytes: &[u8]) -> Self {
        let number = |at: usize| {
            bytes
                .get(at * 4..at * 4 + 4)
                .and_then(|bytes| bytes.try_into().ok())
                .map_or(0.0, |bytes| f64::from(i32::from_ne_bytes(bytes)))
        };
        let (a, b, c, d) = (number(0), number(1), number(3), number(4));
        let mirrored = a * d - b * c < 0.0;
        // a point (1, 0) goes to (a, b), with y pointing down: a clockwise turn; mirrored first, it was (-1, 0)
        let (a, b) = if mirrored { (-a, -b) } else { (a, b) };
        if a == 0.0 && b == 0.0 {
            return Self::default();
        }
        let quarter_turns = (b.atan2(a).to_degrees() / 90.0).round().rem_euclid(4.0);
        Self { mirrored, degrees: quarter_turns as u16 * 90 }
    }

    /// Width and height after the turn.
    pub(super) const fn size(self, width: u32, height: u32) -> (u32, u32) {
        if self.degrees % 180 == 90 { (height, width) } else { (width, height) }
    }
}

/// The size that fits into a square of `side`, at least 1 × 1, never enlarged.
pub(super) fn fit(width: f64, height: f64, side: u32) -> (u32, u32) {
    let factor = (f64::from(side.max(1)) / width.max(height)).min(1.0);
    let scaled = |length: f64| ((length * factor).round() as u32).clamp(1, side.max(1));
    (scaled(width), scaled(height))
}

/// Mirrors and turns RGB pixels.
pub(super) fn turn(rgb: Vec<u8>, width: u32, height: u32, turn: Turn) -> (Vec<u8>, u32, u32) {
    if turn == Turn::default() {
        return (rgb, width, height);
    }
    let (new_width, new_height) = turn.size(width, height);
    let (w, h) = (width as usize, height as usize);
    let mut turned = Vec::with_capacity(rgb.len());
    for y in 0..new_height as usize {
        for x in 0..new_width as usize {
            let (mut from_x, from_y) = match turn.degrees {
                90 => (y, h - 1 - x),
                180 => (w - 1 - x, h - 1 - y),
                270 => (w - 1 - y, x),
                _ => (x, y),
            };
            if turn.mirrored {
                from_x = w - 1 - from_x;
            }
            let at = (from_y * w + from_x) * 3;
            turned.extend_from_slice(rgb.get(at..at + 3).unwrap_or(&[0; 3]));
        }
    }
    (turned, new_width, new_height)
}

/// Geometry of a clip: how stored pixels are to be shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Geometry {
    pub(super) turn: Turn,
    /// Width of a pixel over its height.
    pub(super) pixel_aspect: f64,
}

impl Geometry {
    /// The size with square pixels, before the turn.
    pub(super) fn square(self, width: u32, height: u32) -> (f64, f64) {
        let (width, height) = (f64::from(width), f64::from(height));
        if self.pixel_aspect > 1.0 {
            (width * self.pixel_aspect, height)
        } else {
            (width, height / self.pixel_aspect)
        }
    }

    /// The size with square pixels, upright.
    pub(super) fn upright(self, width: u32, height: u32) -> (u32, u32) {
        let (width, height) = self.square(width, height);
        self.turn.size(width.round() as u32, height.round() as u32)
    }
}

/// What the converter depends on.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Source {
    format: Pixel,
    pub(super) width: u32,
    pub(super) height: u32,
    space: Space,
    range: Range,
}

impl Source {
    pub(super) fn of(decoded: &frame::Video) -> Self {
        Self {
            format: decoded.format(),
            width: decoded.width(),
            height: decoded.height(),
            space: decoded.color_space(),
            range: decoded.color_range(),
        }
    }
}

/// What the converter makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// RGB, full range.
    Rgb,
    /// YUV 4:2:0, BT.709, limited range.
    Planes,
}

/// Converts frames; made anew when the frames change.
pub(super) struct Scaler {
    geometry: Geometry,
    side: u32,
    prepared: Option<(Source, scaling::Context)>,
}

impl Scaler {
    pub(super) const fn new(geometry: Geometry, side: u32) -> Self {
        Self { geometry, side, prepared: None }
    }

    /// A decoded frame as it is handed out.
    pub(super) fn convert(&mut self, decoded: &frame::Video) -> Outcome<Picture> {
        let source = Source::of(decoded);
        let (width, height) = self.geometry.square(source.width, source.height);
        let (new_width, new_height) = fit(width, height, self.side);
        if self.prepared.as_ref().is_none_or(|(prepared, _)| *prepared != source) {
            self.prepared = Some((source, prepare(source, Target::Rgb, new_width, new_height)?));
        }
        let Some((_, context)) = &mut self.prepared else { return Err(cannot("no converter")) };
        let mut converted = frame::Video::empty();
        context.run(decoded, &mut converted).map_err(cannot)?;

        let row = new_width as usize * 3;
        let mut rgb = Vec::with_capacity(row * new_height as usize);
        for line in converted.data(0).chunks(converted.stride(0)).take(new_height as usize) {
            rgb.extend_from_slice(line.get(..row).ok_or_else(|| cannot("short row"))?);
        }
        let scale = width.max(height) / f64::from(new_width.max(new_height));
        let (rgb, width, height) = turn(rgb, new_width, new_height, self.geometry.turn);
        Ok(Picture { width, height, scale, rgb })
    }
}

pub(super) fn cannot(why: impl std::fmt::Display) -> Stop {
    Stop::refused(ErrorCode::MediaDamaged, format!("cannot convert frame: {why}"))
}

/// A converter to `target` of this size.
pub(super) fn prepare(
    source: Source,
    target: Target,
    new_width: u32,
    new_height: u32,
) -> Outcome<scaling::Context> {
    let smaller = new_width < source.width || new_height < source.height;
    let flags = if smaller { scaling::Flags::AREA } else { scaling::Flags::BICUBIC };
    let mut context = scaling::Context::get(
        source.format,
        source.width,
        source.height,
        match target {
            Target::Rgb => Pixel::RGB24,
            Target::Planes => Pixel::YUV420P,
        },
        new_width,
        new_height,
        flags,
    )
    .map_err(cannot)?;
    let full_range = source.range == Range::JPEG || is_full_range(source.format);
    // SAFETY: the context is alive; the coefficient tables are static in the library; the call only copies them.
    unsafe {
        let from = ffi::sws_getCoefficients(coefficients(source));
        let (to, to_full_range) = match target {
            Target::Rgb => (ffi::sws_getCoefficients(ffi::SWS_CS_DEFAULT), 1),
            Target::Planes => (ffi::sws_getCoefficients(ffi::SWS_CS_ITU709), 0),
        };
        // a negative answer means a conversion that has no matrix, such as RGB to RGB
        ffi::sws_setColorspaceDetails(
            context.as_mut_ptr(),
            from,
            i32::from(full_range),
            to,
            to_full_range,
            0,
            1 << 16,
            1 << 16,
        );
    }
    Ok(context)
}

/// The `yuvj` formats are full range by name.
const fn is_full_range(format: Pixel) -> bool {
    matches!(format, Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P | Pixel::YUVJ440P | Pixel::YUVJ411P)
}

/// The matrix that the file names; if it names none, what players take: BT.709 from high definition on, BT.601 below.
const fn coefficients(source: Source) -> i32 {
    match source.space {
        Space::BT709 => ffi::SWS_CS_ITU709,
        Space::FCC => ffi::SWS_CS_FCC,
        Space::SMPTE240M => ffi::SWS_CS_SMPTE240M,
        Space::BT2020NCL | Space::BT2020CL => ffi::SWS_CS_BT2020,
        Space::BT470BG | Space::SMPTE170M => ffi::SWS_CS_ITU601,
        _ if source.width >= 1280 || source.height > 576 => ffi::SWS_CS_ITU709,
        _ => ffi::SWS_CS_ITU601,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One byte a pixel, tripled.
    fn pixels(levels: &[u8]) -> Vec<u8> {
        levels.iter().flat_map(|level| [*level; 3]).collect()
    }

    #[test]
    fn turns_like_the_image_crate() {
        // 3 × 2
        let original = pixels(&[1, 2, 3, 4, 5, 6]);
        for value in 1..=8 {
            let orientation = Orientation::from_exif(value).unwrap();
            let mut expected =
                image::DynamicImage::from(image::RgbImage::from_raw(3, 2, original.clone()).unwrap());
            expected.apply_orientation(orientation);
            let (turned, width, height) = turn(original.clone(), 3, 2, Turn::from_orientation(orientation));
            assert_eq!((width, height), (expected.width(), expected.height()), "{value}");
            assert_eq!(turned, expected.into_rgb8().into_raw(), "{value}");
        }
    }

    #[test]
    fn display_matrices_are_clockwise() {
        let matrix = |a: i32, b: i32, c: i32, d: i32| {
            let bytes: Vec<u8> =
                [a, b, 0, c, d, 0, 0, 0, 1 << 30].iter().flat_map(|n| n.to_ne_bytes()).collect();
            Turn::from_display_matrix(&bytes)
        };
        const ONE: i32 = 1 << 16;
        assert_eq!(matrix(ONE, 0, 0, ONE), Turn::default());
        assert_eq!(matrix(0, ONE, -ONE, 0), Turn { mirrored: false, degrees: 90 });
        assert_eq!(matrix(-ONE, 0, 0, -ONE), Turn { mirrored: false, degrees: 180 });
        assert_eq!(matrix(0, -ONE, ONE, 0), Turn { mirrored: false, degrees: 270 });
        assert_eq!(matrix(-ONE, 0, 0, ONE), Turn { mirrored: true, degrees: 0 });
        assert_eq!(matrix(0, 0, 0, 0), Turn::default());
        assert_eq!(Turn::from_display_matrix(&[1, 2]), Turn::default());
    }

    #[test]
    fn sizes_fit_and_never_vanish() {
        assert_eq!(fit(4000.0, 3000.0, 1920), (1920, 1440));
        assert_eq!(fit(10.0, 7.0, 1920), (10, 7));
        assert_eq!(fit(100_000.0, 1.0, 1920), (1920, 1));
    }
}
