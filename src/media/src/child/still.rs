//! One picture, by the image crate.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use image::error::LimitErrorKind;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, WarningCode};

use super::input::{Input, unreadable};
use super::metadata::Gathered;
use super::scale::{Turn, fit, turn};
use super::sink::{Picture, Sink};
use super::{Outcome, Stop};
use crate::wire::Request;
use crate::{MediaLimits, Probe, encode};

/// The JPEG decoder holds the whole file in memory.
const JPEG_BYTES: u64 = 512 << 20;
/// Bytes of a TIFF that are searched for EXIF, for the same reason.
const TIFF_EXIF_BYTES: u64 = 64 << 20;

pub(super) fn read(input: &Input, format: ImageFormat, request: &Request, sink: &mut Sink) -> Outcome<()> {
    let limits = &request.limits;
    if format == ImageFormat::Jpeg && input.len() > JPEG_BYTES {
        return Err(Stop::refused(ErrorCode::MediaTooLarge, format!("a JPEG of {} bytes", input.len())));
    }
    if format == ImageFormat::Png
        && let [_, _, _, _, w0, w1, w2, w3, h0, h1, h2, h3] = input.start(24)?.get(12..).unwrap_or_default()
    {
        // the decoder would only say that memory does not suffice
        let width = u32::from_be_bytes([*w0, *w1, *w2, *w3]);
        let height = u32::from_be_bytes([*h0, *h1, *h2, *h3]);
        if width > 0 && height > 0 {
            check_pixels(width, height, limits)?;
        }
    }
    let mut reader = ImageReader::with_format(BufReader::with_capacity(1 << 16, input.reader()), format);
    reader.limits(image_limits(limits));
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height, limits)?;

    let mut gathered = Gathered::new(limits);
    gather_metadata(input, format, &mut decoder, &mut gathered);
    let orientation =
        Turn::from_orientation(decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms));
    let (metadata, warnings) = gathered.finish();
    let (upright_width, upright_height) = orientation.size(width, height);
    sink.probe(&Probe {
        kind: MediaKind::Image,
        container: name(format).to_owned(),
        video_codec: None,
        audio_codec: None,
        width: upright_width,
        height: upright_height,
        rotation_degrees: orientation.degrees,
        fps: None,
        frame_count: Some(1),
        duration_s: None,
        bitrate: None,
        metadata,
    })?;
    for warning in warnings {
        sink.warning(warning.code, warning.detail.unwrap_or_default())?;
    }

    let color = decoder.color_type();
    let length = usize::try_from(decoder.total_bytes())
        .map_err(|_| Stop::refused(ErrorCode::MediaMemoryLimit, "picture larger than memory"))?;
    let mut buffer = vec![0; length];
    if let Err(error) = decoder.read_image(&mut buffer) {
        let Some(rows) = rows_read(&buffer, height) else { return Err(refusal(&error)) };
        let detail = format!("{rows} of {height} rows: {error}");
        sink.warning(WarningCode::PartialDecode, detail)?;
    } else if format == ImageFormat::Jpeg && !jpeg_is_whole(input)? {
        // the decoder fills up what is missing and says nothing
        sink.warning(WarningCode::PartialDecode, "the picture has no end")?;
    }
    let rgb = to_rgb(buffer, color)?;
    let picture = finish(rgb, width, height, orientation, limits.frame_side)?;
    if picture.scale > 1.0 {
        sink.warning(
            WarningCode::ScaledBeforeAnalysis,
            format!("{upright_width} × {upright_height} to {} × {}", picture.width, picture.height),
        )?;
    }
    sink.frame(0, 0.0, false, &picture)?;
    sink.progress(1.0)
}

/// Scales down and turns upright.
pub(super) fn finish(
    rgb: Vec<u8>,
    width: u32,
    height: u32,
    orientation: Turn,
    side: u32,
) -> Outcome<Picture> {
    let (new_width, new_height) = fit(f64::from(width), f64::from(height), side);
    let scale = f64::from(width.max(height)) / f64::from(new_width.max(new_height));
    let rgb = if (new_width, new_height) == (width, height) {
        rgb
    } else {
        encode::resize(&rgb, width, height, new_width, new_height)
            .map_err(|error| Stop::refused(ErrorCode::MediaDamaged, error.to_string()))?
    };
    let (rgb, width, height) = turn(rgb, new_width, new_height, orientation);
    Ok(Picture { width, height, scale, rgb })
}

pub(super) fn image_limits(limits: &MediaLimits) -> Limits {
    let mut image = Limits::no_limits();
    // eight bytes a pixel and as much again to work with; the address space is the hard limit
    image.max_alloc = Some(limits.frame_pixels.saturating_mul(16).min(limits.address_space_bytes));
    image
}

pub(super) fn check_pixels(width: u32, height: u32, limits: &MediaLimits) -> Outcome<()> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.frame_pixels {
        let detail = format!("{width} × {height}, limit {} pixels", limits.frame_pixels);
        return Err(Stop::refused(ErrorCode::MediaTooManyPixels, detail));
    }
    if pixels == 0 {
        return Err(Stop::refused(ErrorCode::MediaNoFrames, format!("{width} × {height}")));
    }
    Ok(())
}

pub(super) fn refusal(error: &ImageError) -> Stop {
    let code = match error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::DimensionError) => {
            ErrorCode::MediaTooManyPixels
        }
        ImageError::Limits(_) => ErrorCode::MediaMemoryLimit,
        ImageError::Unsupported(_) => ErrorCode::MediaUnsupported,
        _ => ErrorCode::MediaDamaged,
    };
    Stop::refused(code, error.to_string())
}

pub(super) const fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::Png => "png",
        ImageFormat::Gif => "gif",
        ImageFormat::WebP => "webp",
        ImageFormat::Tiff => "tiff",
        ImageFormat::Bmp => "bmp",
        _ => "image",
    }
}

pub(super) fn gather_metadata(
    input: &Input,
    format: ImageFormat,
    decoder: &mut impl ImageDecoder,
    gathered: &mut Gathered,
) {
    if let Ok(Some(exif)) = decoder.exif_metadata() {
        gathered.add_exif(exif);
    }
    if let Ok(Some(xmp)) = decoder.xmp_metadata() {
        gathered.add("xmp", &String::from_utf8_lossy(&xmp));
    }
    if format == ImageFormat::Png {
        gathered.add_png_text(input);
    }
    if format == ImageFormat::Tiff
        && input.len() <= TIFF_EXIF_BYTES
        && let Ok(bytes) = input.start(TIFF_EXIF_BYTES as usize)
    {
        gathered.add_exif(bytes);
    }
}

/// Rows up to the last that is not all zero: what a decoder had written before it gave up.
fn rows_read(buffer: &[u8], height: u32) -> Option<usize> {
    let row = (buffer.len() / height.max(1) as usize).max(1);
    let rows = buffer.chunks(row).rposition(|row| row.iter().any(|byte| *byte != 0))? + 1;
    Some(rows)
}

/// Whether an end-of-image marker follows the first scan. Before it, in EXIF, a thumbnail may have one of its own.
fn jpeg_is_whole(input: &Input) -> Outcome<bool> {
    let mut reader = BufReader::with_capacity(1 << 16, input.reader());
    let mut position = 2;
    loop {
        let mut head = [0; 4];
        let there = reader.seek(SeekFrom::Start(position)).is_ok() && reader.read_exact(&mut head).is_ok();
        match head {
            _ if !there => return Ok(false),
            [0xff, 0xff, ..] => position += 1,
            [0xff, 0xda, ..] => break,
            [0xff, 0x01 | 0xd0..=0xd9, ..] => position += 2,
            [0xff, _, high, low] => position += 2 + u64::from(u16::from_be_bytes([high, low])),
            // no marker where one should be: nothing can be said
            _ => return Ok(true),
        }
    }
    let mut last = 0;
    loop {
        let buffer = reader.fill_buf().map_err(unreadable)?;
        if buffer.is_empty() {
            return Ok(false);
        }
        for byte in buffer {
            if (last, *byte) == (0xff, 0xd9) {
                return Ok(true);
            }
            last = *byte;
        }
        let length = buffer.len();
        reader.consume(length);
    }
}

/// Any layout of the image crate to RGB. Transparent parts become white, as a reader would see them on a page.
pub(super) fn to_rgb(buffer: Vec<u8>, color: ColorType) -> Outcome<Vec<u8>> {
    fn over_white(level: u8, alpha: u8) -> u8 {
        let (level, alpha) = (u32::from(level), u32::from(alpha));
        ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    }
    fn grey_or_rgb(samples: &[u8], alpha: bool) -> [u8; 3] {
        match (samples, alpha) {
            ([level], false) => [*level; 3],
            ([level, alpha], true) => [over_white(*level, *alpha); 3],
            ([r, g, b, alpha], true) => {
                [over_white(*r, *alpha), over_white(*g, *alpha), over_white(*b, *alpha)]
            }
            ([r, g, b, ..], _) => [*r, *g, *b],
            _ => [0; 3],
        }
    }
    let channels = usize::from(color.channel_count());
    let bytes = usize::from(color.bytes_per_pixel()) / channels.max(1);
    if color == ColorType::Rgb8 {
        return Ok(buffer);
    }
    let sample: fn(&[u8]) -> u8 = match bytes {
        1 => |bytes| bytes.first().copied().unwrap_or(0),
        2 => |bytes| {
            let value = bytes.try_into().map(u16::from_ne_bytes).unwrap_or(0);
            ((u32::from(value) + 128) / 257) as u8
        },
        4 => |bytes| {
            let value = bytes.try_into().map(f32::from_ne_bytes).unwrap_or(0.0);
            (value.clamp(0.0, 1.0) * 255.0).round() as u8
        },
        _ => return Err(Stop::refused(ErrorCode::MediaUnsupported, format!("pixel layout {color:?}"))),
    };
    let alpha = color.has_alpha();
    let mut rgb = Vec::with_capacity(buffer.len() / (channels * bytes) * 3);
    let mut samples = [0; 4];
    for pixel in buffer.chunks_exact(channels * bytes) {
        for (target, source) in samples.iter_mut().zip(pixel.chunks_exact(bytes)) {
            *target = sample(source);
        }
        rgb.extend_from_slice(&grey_or_rgb(samples.get(..channels).unwrap_or_default(), alpha));
    }
    Ok(rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_becomes_rgb() {
        assert_eq!(to_rgb(vec![7], ColorType::L8).unwrap(), [7, 7, 7]);
        assert_eq!(to_rgb(vec![10, 0], ColorType::La8).unwrap(), [255, 255, 255]);
        assert_eq!(to_rgb(vec![10, 20, 30, 255], ColorType::Rgba8).unwrap(), [10, 20, 30]);
        assert_eq!(to_rgb(vec![0, 0, 0, 128], ColorType::Rgba8).unwrap(), [127, 127, 127]);
        let deep: Vec<u8> = [0u16, 0x8080, 0xffff].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(to_rgb(deep, ColorType::Rgb16).unwrap(), [0, 128, 255]);
        let float: Vec<u8> = [-1.0f32, 0.5, f32::NAN].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(to_rgb(float, ColorType::Rgb32F).unwrap(), [0, 128, 0]);
    }

    #[test]
    fn rows_are_counted_from_what_was_written() {
        assert_eq!(rows_read(&[0; 12], 4), None);
        assert_eq!(rows_read(&[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 4), Some(2));
    }
}
