//! Our own pixels to JPEG and PNG and back, and resizing. Runs in the parent: nothing hostile comes in here.
//!
//! All pixels are 8-bit RGB, row by row from the top, without padding, as in [`crate::Frame::rgb`].

use fast_image_resize as fir;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};

/// Why pixels could not be encoded or resized.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The number of bytes is not width · height · 3, or a side is 0.
    #[error("{bytes} bytes are not {width} × {height} RGB pixels")]
    WrongLength {
        /// Bytes that came.
        bytes: usize,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The encoder refused.
    #[error("cannot encode or read a picture: {0}")]
    Encoder(#[from] image::ImageError),
    /// The resizer refused.
    #[error("cannot resize picture: {0}")]
    Resizer(String),
}

/// JPEG at `quality` 1 to 100, full chroma resolution.
///
/// # Errors
/// [`EncodeError`] if the length does not fit the size.
pub fn jpeg(rgb: &[u8], width: u32, height: u32, quality: u8) -> Result<Vec<u8>, EncodeError> {
    check(rgb, width, height)?;
    let mut bytes = Vec::with_capacity(rgb.len() / 8);
    JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100)).write_image(
        rgb,
        width,
        height,
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// PNG, compressed for speed.
///
/// # Errors
/// [`EncodeError`] if the length does not fit the size.
pub fn png(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, EncodeError> {
    check(rgb, width, height)?;
    let mut bytes = Vec::with_capacity(rgb.len() / 2);
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive).write_image(
        rgb,
        width,
        height,
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// What is left of the pixels after a JPEG at `quality`; for tests of stability under re-encoding.
///
/// # Errors
/// [`EncodeError`] if the length does not fit the size.
pub fn jpeg_round_trip(rgb: &[u8], width: u32, height: u32, quality: u8) -> Result<Vec<u8>, EncodeError> {
    let bytes = jpeg(rgb, width, height, quality)?;
    let decoder = JpegDecoder::new(std::io::Cursor::new(&bytes))?;
    let mut pixels = vec![0; rgb.len()];
    decoder.read_image(&mut pixels)?;
    Ok(pixels)
}

/// The pixels of a JPEG or PNG that [`jpeg`] or [`png`] made, with width and height; no side is beyond 8192.
///
/// # Errors
/// [`EncodeError`] if it is neither, is damaged or too large.
pub fn own_picture(bytes: &[u8]) -> Result<(Vec<u8>, u32, u32), EncodeError> {
    let format = if bytes.starts_with(b"\x89PNG") { ImageFormat::Png } else { ImageFormat::Jpeg };
    let mut reader = ImageReader::with_format(std::io::Cursor::new(bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(8192), Some(8192));
    reader.limits(limits);
    let pixels = reader.decode()?.into_rgb8();
    let (width, height) = pixels.dimensions();
    Ok((pixels.into_raw(), width, height))
}

/// Resizes with a triangle filter whose support grows with the reduction (no aliasing); bilinear when enlarging.
///
/// # Errors
/// [`EncodeError`] if the length does not fit the size or a side is 0.
pub fn resize(
    rgb: &[u8],
    width: u32,
    height: u32,
    new_width: u32,
    new_height: u32,
) -> Result<Vec<u8>, EncodeError> {
    resize_crop(rgb, width, height, (0.0, 0.0, f64::from(width), f64::from(height)), new_width, new_height)
}

/// Resizes the rectangle `(left, top, width, height)`, in pixels with fractions, to the new size.
///
/// # Errors
/// [`EncodeError`] if the length does not fit the size, a side is 0 or the rectangle leaves the picture.
pub fn resize_crop(
    rgb: &[u8],
    width: u32,
    height: u32,
    (left, top, crop_width, crop_height): (f64, f64, f64, f64),
    new_width: u32,
    new_height: u32,
) -> Result<Vec<u8>, EncodeError> {
    check(rgb, width, height)?;
    if new_width == 0 || new_height == 0 {
        return Err(EncodeError::Resizer("the new size has a side of 0".into()));
    }
    // Typed views: the untyped ones compile every pixel format and every filter, which takes minutes.
    let source = TypedImageRef::<fir::pixels::U8x3>::from_buffer(width, height, rgb)
        .map_err(|error| EncodeError::Resizer(error.to_string()))?;
    let mut resized = vec![0; new_width as usize * new_height as usize * 3];
    let mut target = TypedImage::<fir::pixels::U8x3>::from_buffer(new_width, new_height, &mut resized)
        .map_err(|error| EncodeError::Resizer(error.to_string()))?;
    let options = fir::ResizeOptions::new()
        .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear))
        .crop(left, top, crop_width, crop_height)
        .use_alpha(false);
    fir::Resizer::new()
        .resize_typed(&source, &mut target, Some(&options))
        .map_err(|error| EncodeError::Resizer(error.to_string()))?;
    Ok(resized)
}

fn check(rgb: &[u8], width: u32, height: u32) -> Result<(), EncodeError> {
    let expected = u64::from(width) * u64::from(height) * 3;
    if expected == 0 || expected != rgb.len() as u64 {
        return Err(EncodeError::WrongLength { bytes: rgb.len(), width, height });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_pictures_are_read_back_and_others_are_refused() {
        let pixels = gradient(31, 17);
        let png = png(&pixels, 31, 17).unwrap();
        assert_eq!(own_picture(&png).unwrap(), (pixels.clone(), 31, 17));
        let (read, width, height) = own_picture(&jpeg(&pixels, 31, 17, 95).unwrap()).unwrap();
        assert_eq!((width, height), (31, 17));
        assert!(read.iter().zip(&pixels).all(|(read, pixel)| read.abs_diff(*pixel) < 24));
        own_picture(&png[..40]).unwrap_err();
        own_picture(b"GIF89a").unwrap_err();
    }

    fn gradient(width: u32, height: u32) -> Vec<u8> {
        (0..height)
            .flat_map(|y| {
                (0..width).flat_map(move |x| [(x * 255 / width) as u8, (y * 255 / height) as u8, 90])
            })
            .collect()
    }

    #[test]
    fn png_is_lossless_and_jpeg_is_close() {
        let pixels = gradient(31, 17);
        let decoded = image::load_from_memory(&png(&pixels, 31, 17).unwrap()).unwrap().to_rgb8();
        assert_eq!(decoded.as_raw(), &pixels);

        let after = jpeg_round_trip(&pixels, 31, 17, 90).unwrap();
        assert_eq!(after.len(), pixels.len());
        assert_ne!(after, pixels);
        let worst = after.iter().zip(&pixels).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst < 24, "{worst}");
        assert!(jpeg(&pixels, 31, 17, 20).unwrap().len() < jpeg(&pixels, 31, 17, 95).unwrap().len());
    }

    #[test]
    fn resizing_averages_and_crops() {
        // black and white columns become grey, not one of them
        let columns: Vec<u8> = (0..64 * 64).flat_map(|i| [if i % 2 == 0 { 0u8 } else { 255 }; 3]).collect();
        let small = resize(&columns, 64, 64, 8, 8).unwrap();
        assert_eq!(small.len(), 8 * 8 * 3);
        assert!(small.iter().all(|value| (118..=137).contains(value)), "{small:?}");

        let right = resize_crop(&gradient(100, 100), 100, 100, (50.0, 0.0, 50.0, 100.0), 10, 10).unwrap();
        assert!(right[0] > 120, "{}", right[0]);
    }

    #[test]
    fn wrong_lengths_are_refused() {
        assert!(matches!(jpeg(&[0; 10], 2, 2, 80), Err(EncodeError::WrongLength { .. })));
        assert!(matches!(png(&[], 0, 0), Err(EncodeError::WrongLength { .. })));
        assert!(resize(&[0; 12], 2, 2, 0, 4).is_err());
        assert!(resize_crop(&[0; 12], 2, 2, (1.0, 1.0, 5.0, 5.0), 4, 4).is_err());
    }
}
