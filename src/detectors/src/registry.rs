//! Every method, in the order in which results are listed. A new method is one folder and one line here.

use podlinnik_onnx::{Models, OnnxError};

use crate::detector::{Descriptor, Detector};
use crate::face_manipulation::{self, FaceManipulation};
use crate::synthetic_picture::{self, SyntheticPicture};
use crate::temporal::{self, Temporal};
use crate::voice::{self, Voice};

/// What each method is, in display order.
pub const DESCRIPTORS: &[&Descriptor] = &[
    &face_manipulation::DESCRIPTOR,
    &temporal::DESCRIPTOR,
    &synthetic_picture::DESCRIPTOR,
    &voice::DESCRIPTOR,
];

/// Loads every method with its model and its calibration, in display order.
///
/// # Errors
/// [`OnnxError`] if a model is not listed in the manifest. A withdrawn model is no error: its method abstains.
pub fn load(models: &Models) -> Result<Vec<Box<dyn Detector>>, OnnxError> {
    Ok(vec![
        Box::new(FaceManipulation::load(models)?),
        Box::new(Temporal::load(models)?),
        Box::new(SyntheticPicture::load(models)?),
        Box::new(Voice::load(models)?),
    ])
}
