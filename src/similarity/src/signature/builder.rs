//! Frames and samples in, signature out, in memory that does not grow with the pixels.

use super::content::{self, Plane};
use super::landmark;
use super::{Area, FrameSignature, LandmarkFrame, MAX_FRAMES, MediaSignature, Part};
use crate::pdq::{Pdq, PdqHasher};
use crate::picture::{Picture, Rectangle};
use crate::sound::SoundBuilder;

/// Frames for which bars are looked for together.
const GROUP: usize = 16;

/// How dense a signature is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BuildOptions {
    /// A frame no further than this from the last kept one is left out …
    pub same_distance: u32,
    /// … unless the last kept one is this many seconds back.
    pub longest_gap_s: f64,
    /// Corners looked for in one frame.
    pub landmarks: usize,
    /// Seconds from one frame whose corners are kept to the next …
    pub landmark_gap_s: f64,
    /// … or a quarter of it when the picture has become another by this many bits.
    pub landmark_distance: u32,
    /// Whether corners of the mirrored frame are kept too; a suspect needs them, an original does not.
    pub mirrored_landmarks: bool,
}

/// Most frames whose corners are kept.
const MAX_LANDMARK_FRAMES: usize = 40_000;

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            same_distance: 4,
            longest_gap_s: 2.0,
            landmarks: 80,
            landmark_gap_s: 6.0,
            landmark_distance: 28,
            mirrored_landmarks: false,
        }
    }
}

impl BuildOptions {
    /// For a suspect: more corners, more often, mirrored ones too.
    #[must_use]
    pub fn for_suspect() -> Self {
        Self { landmarks: 160, landmark_gap_s: 2.0, mirrored_landmarks: true, ..Self::default() }
    }
}

/// Builds a [`MediaSignature`] from frames and samples in the order of their times.
#[derive(Debug, Default)]
pub struct SignatureBuilder {
    options: BuildOptions,
    hasher: PdqHasher,
    frames: Vec<FrameSignature>,
    group: Vec<(u32, Plane)>,
    last: Option<(u32, Pdq)>,
    end_ms: u32,
    sound: SoundBuilder,
    luma: Vec<f32>,
    landmarks: Vec<LandmarkFrame>,
    last_landmarks: Option<(u32, Pdq)>,
}

fn milliseconds(at_s: f64) -> u32 {
    (at_s.max(0.0) * 1000.0).round() as u32
}

impl SignatureBuilder {
    /// A builder for a suspect: more corners, more often, mirrored ones too. An original is built with [`SignatureBuilder::new`].
    #[must_use]
    pub fn for_suspect() -> Self {
        Self::with_options(BuildOptions::for_suspect())
    }

    /// A builder for an original, with the usual options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder with other options.
    #[must_use]
    pub fn with_options(options: BuildOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Takes a frame, upright, of any size; 512 pixels on the longer side lose nothing. A frame whose time is not a number or
    /// lies before the last one is left out.
    pub fn push_frame(&mut self, picture: &Picture<'_>, at_s: f64) {
        if !at_s.is_finite() || milliseconds(at_s) < self.last.map_or(0, |(at_ms, _)| at_ms) {
            return;
        }
        let at_ms = milliseconds(at_s);
        self.end_ms = self.end_ms.max(at_ms);
        let Some((pdq, mirrored, quality)) = self.hasher.hash_both(picture, picture.whole()) else { return };
        if let Some((last_ms, last)) = self.last
            && f64::from(at_ms - last_ms) / 1000.0 < self.options.longest_gap_s
            && last.distance(&pdq) <= self.options.same_distance
        {
            return;
        }
        if self.frames.len() >= MAX_FRAMES {
            return;
        }
        self.last = Some((at_ms, pdq));
        self.frames.push(FrameSignature {
            at_ms,
            pdq,
            mirrored,
            quality,
            part: Part::Whole,
            area: Area::WHOLE,
        });
        self.push_landmarks(picture, at_ms, pdq, quality);
        let plane = Plane::new(picture);
        if self
            .group
            .first()
            .is_some_and(|(_, first)| (first.width, first.height) != (plane.width, plane.height))
        {
            self.close_group();
        }
        self.group.push((at_ms, plane));
        if self.group.len() >= GROUP {
            self.close_group();
        }
    }

    fn push_landmarks(&mut self, picture: &Picture<'_>, at_ms: u32, pdq: Pdq, quality: u8) {
        let due = self.last_landmarks.is_none_or(|(last_ms, last)| {
            let gap_s = f64::from(at_ms - last_ms) / 1000.0;
            gap_s >= self.options.landmark_gap_s
                || gap_s >= self.options.landmark_gap_s / 4.0
                    && last.distance(&pdq) >= self.options.landmark_distance
        });
        let wanted = self.options.landmarks > 0 && quality >= crate::archive::MIN_QUALITY / 2;
        if due && wanted && self.landmarks.len() < MAX_LANDMARK_FRAMES {
            self.last_landmarks = Some((at_ms, pdq));
            let (most, mirrored) = (self.options.landmarks, self.options.mirrored_landmarks);
            self.landmarks.extend(landmark::find(picture, at_ms, most, mirrored));
        }
    }

    /// Takes mono samples, 16,000 a second, −1 to 1; `at_s` is the time of the first.
    pub fn push_sound(&mut self, samples: &[f32], at_s: f64) {
        self.sound.push(samples, at_s);
        self.end_ms = self.end_ms.max(milliseconds(self.sound.end_s()));
    }

    /// Hashes the pictures inside the bars of the frames of a group.
    fn close_group(&mut self) {
        let (times, planes): (Vec<u32>, Vec<Plane>) = std::mem::take(&mut self.group).into_iter().unzip();
        for inside in content::find(&planes) {
            for (at_ms, plane) in times.iter().zip(&planes) {
                if self.frames.len() >= MAX_FRAMES {
                    return;
                }
                if let Some(frame) = self.hash_part(plane, inside, *at_ms, Part::Content) {
                    self.frames.push(frame);
                }
            }
        }
    }

    fn hash_part(
        &mut self,
        plane: &Plane,
        inside: Rectangle,
        at_ms: u32,
        part: Part,
    ) -> Option<FrameSignature> {
        self.luma.clear();
        for row in inside.top..inside.top + inside.height {
            let start = row * plane.width + inside.left;
            self.luma
                .extend(plane.luma.get(start..start + inside.width)?.iter().map(|value| f32::from(*value)));
        }
        let (pdq, mirrored, quality) =
            self.hasher.hash_both_of_luma(&self.luma, inside.width, inside.height)?;
        let share = |at: usize, side: usize| (at * 1000 / side.max(1)) as u16;
        let area = Area([
            share(inside.left, plane.width),
            share(inside.top, plane.height),
            share(inside.left + inside.width, plane.width),
            share(inside.top + inside.height, plane.height),
        ]);
        Some(FrameSignature { at_ms, pdq, mirrored, quality, part, area })
    }

    /// The signature of all that was taken.
    #[must_use]
    pub fn finish(mut self) -> MediaSignature {
        self.close_group();
        self.frames.sort_by_key(|frame| (frame.at_ms, frame.part, frame.area));
        let sound = self.sound.finish();
        MediaSignature { duration_ms: self.end_ms, frames: self.frames, landmarks: self.landmarks, sound }
    }
}
