//! The crop as the network saw it, and the same crop with the localisation map laid over it.

use podlinnik_domain::analysis::DerivativeKind;
use podlinnik_media::encode::{EncodeError, jpeg};
use podlinnik_onnx::ModelInfo;

use super::assessment::Scored;
use super::network::MAP_SIDE;
use crate::examination::Picture;
use crate::face::{CROP_SIDE, Pixels};

const JPEG_QUALITY: u8 = 88;
/// How much of the crop's colour the strongest heat covers.
const STRONGEST: f64 = 0.7;
/// Colours of half and of full heat.
const WARM: [f64; 3] = [255.0, 214.0, 0.0];
const HOT: [f64; 3] = [214.0, 0.0, 0.0];

/// Crop and heat map of one moment.
pub(super) fn show(track: u32, scored: &Scored<'_>, model: &ModelInfo) -> Result<[Picture; 2], EncodeError> {
    let face = scored.face;
    let picture = |name: &str, kind, pixels: &Pixels, recipe: String| {
        Ok::<_, EncodeError>(Picture {
            name: format!("{name}-{track}-{:03}.jpg", face.frame),
            kind,
            media_type: "image/jpeg",
            at_s: Some(face.at_s),
            track: Some(track),
            recipe,
            bytes: jpeg(&pixels.rgb, pixels.width, pixels.height, JPEG_QUALITY)?,
        })
    };
    let crop_recipe = format!(
        "face of {:.0} px cut by the rule of `geometry.json`, scaled to {CROP_SIDE} px",
        face.square.side
    );
    let map_recipe = format!(
        "localisation map of `{}` {} ({MAP_SIDE} × {MAP_SIDE}, sigmoid, bilinear) over the crop; yellow 0.5, red 1",
        model.id, model.version
    );
    Ok([
        picture("crop", DerivativeKind::Crop, &face.crop, crop_recipe)?,
        picture("heat-map", DerivativeKind::HeatMap, &heated(&face.crop, &scored.map), map_recipe)?,
    ])
}

/// The crop with the map's probabilities as colour: transparent at 0, yellow at one half, red at 1.
fn heated(crop: &Pixels, map: &[f32]) -> Pixels {
    let probability: Vec<f64> = map.iter().map(|logit| 1.0 / (1.0 + (-f64::from(*logit)).exp())).collect();
    let width = crop.width.max(1) as usize;
    let mut rgb = crop.rgb.clone();
    for (number, pixel) in rgb.chunks_exact_mut(3).enumerate() {
        let place = |at: usize, length: u32| (at as f64 + 0.5) / f64::from(length.max(1));
        let heat =
            sample(&probability, place(number % width, crop.width), place(number / width, crop.height));
        let cover = STRONGEST * heat;
        for ((value, warm), hot) in pixel.iter_mut().zip(WARM).zip(HOT) {
            let mix = ((heat - 0.5) * 2.0).clamp(0.0, 1.0);
            let colour = warm + (hot - warm) * mix;
            let mixed = f64::from(*value) * (1.0 - cover) + colour * cover;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
            {
                *value = mixed.round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    Pixels { width: crop.width, height: crop.height, rgb }
}

/// Bilinear value at a place in [0, 1]².
fn sample(map: &[f64], x: f64, y: f64) -> f64 {
    let last = (MAP_SIDE - 1) as f64;
    let cell = |value: f64| (value * MAP_SIDE as f64 - 0.5).clamp(0.0, last);
    let (x, y) = (cell(x), cell(y));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the map")]
    let at = |column: f64, row: f64| {
        map.get(row.min(last) as usize * MAP_SIDE + column.min(last) as usize).copied().unwrap_or(0.0)
    };
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    let upper = at(left, top) * (1.0 - right) + at(left + 1.0, top) * right;
    let lower = at(left, top + 1.0) * (1.0 - right) + at(left + 1.0, top + 1.0) * right;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_stands_where_the_map_is_high() {
        let crop = Pixels { width: 224, height: 224, rgb: vec![40; 224 * 224 * 3] };
        let mut map = vec![-20.0; MAP_SIDE * MAP_SIDE];
        map[3 * MAP_SIDE + 10] = 20.0;
        let hot = heated(&crop, &map);
        let pixel = |x: usize, y: usize| &hot.rgb[(y * 224 + x) * 3..][..3];
        assert_eq!(pixel(20, 200), [40, 40, 40]);
        assert!(pixel(10 * 16 + 8, 3 * 16 + 8)[0] > 150);
        assert!(pixel(10 * 16 + 8, 3 * 16 + 8)[1] < 40);
    }
}
