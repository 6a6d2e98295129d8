//! A clip cut at keyframes into stretches that are decoded side by side, one decoder of one thread each. A decoder of two threads gains nothing where every frame
//! waits for the one before it, as it does where only frames that others refer to are decoded.

use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::demux::{self, Demuxed};
use super::input::Input;
use super::reel::{MP4, Reel, Wish};
use super::scale::{Geometry, Scaler, fit};
use super::sink::Picture;
use super::survey::{Keyframe, Survey};
use super::{Outcome, demux::Picture as Track};
use crate::MediaLimits;

/// Decoders at work.
const WORKERS: usize = 2;
/// A stretch reaches over so many seconds at least: at its ends some frames are decoded twice.
const LEAST_S: f64 = 6.0;
/// Formats whose index says where a keyframe can be entered, and whose frames know their times.
const EXACT: [&str; 2] = [MP4, "matroska,webm"];
/// Bytes of finished pictures that may wait for an earlier stretch, for each decoder.
const WAITING_BYTES: u64 = 64 << 20;

/// The file, its picture track and how it is handed out.
#[derive(Clone, Copy)]
pub(super) struct Clip<'a> {
    pub(super) input: &'a Input,
    pub(super) picture: &'a Track,
    pub(super) keyframes: &'a [Keyframe],
    pub(super) geometry: Geometry,
    pub(super) limits: &'a MediaLimits,
}

/// The wanted spans of each stretch, in order; together they are the wish.
#[derive(Debug, PartialEq)]
pub(super) struct Stretches(Vec<Vec<[f64; 2]>>);

/// A picture and its time in seconds, or the end of a stretch.
type Sent = Outcome<Option<(Picture, f64)>>;

impl Stretches {
    /// None where the clip is better read in one go.
    pub(super) fn of(demuxed: &Demuxed, survey: &Survey, wish: &Wish, duration_s: f64) -> Option<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if cores < WORKERS || !EXACT.contains(&demuxed.format.as_str()) {
            return None;
        }
        // Where every frame is said to be a keyframe, the table of them may be missing.
        let frames = duration_s / wish.frame_s.max(f64::EPSILON);
        if survey.keyframes.len() as f64 > frames / 2.0 {
            return None;
        }
        let stretches = Self(cut(&survey.keyframes, wish, duration_s));
        (stretches.0.len() >= WORKERS).then_some(stretches)
    }

    /// Decodes the stretches and gives their pictures in order until `take` has enough. Whether the limit of decoded frames was reached, and how many frames
    /// were damaged.
    pub(super) fn play(
        &self,
        clip: &Clip<'_>,
        wish: &Wish,
        take: &mut dyn FnMut(&Picture, f64) -> Outcome<bool>,
    ) -> Outcome<(bool, u32)> {
        let decoded = AtomicU64::new(0);
        let (width, height) = clip.geometry.square(clip.picture.width, clip.picture.height);
        let (width, height) = fit(width, height, clip.limits.frame_side);
        let bytes = (u64::from(width) * u64::from(height) * 3).max(1);
        let waiting = usize::try_from(WAITING_BYTES / bytes).unwrap_or(usize::MAX).clamp(2, 1024);
        std::thread::scope(|scope| {
            let mut receivers = Vec::with_capacity(WORKERS);
            let mut workers = Vec::with_capacity(WORKERS);
            for number in 0..WORKERS {
                let (send, receive) = sync_channel(waiting);
                receivers.push(receive);
                let (own, decoded) = (self.0.iter().skip(number).step_by(WORKERS), &decoded);
                workers.push(scope.spawn(move || work(clip, wish, own, decoded, &send)));
            }
            let outcome = self.collect(&receivers, take);
            // who still works stops at the next picture
            drop(receivers);
            let (mut exhausted, mut damaged) = (false, 0);
            for worker in workers {
                let (spent, lost) = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                exhausted |= spent;
                damaged += lost;
            }
            outcome.map(|()| (exhausted, damaged))
        })
    }

    fn collect(
        &self,
        receivers: &[Receiver<Sent>],
        take: &mut dyn FnMut(&Picture, f64) -> Outcome<bool>,
    ) -> Outcome<()> {
        for receiver in receivers.iter().cycle().take(self.0.len()) {
            // a decoder that is gone has no more to say
            while let Ok(sent) = receiver.recv() {
                let Some((picture, at_s)) = sent? else { break };
                if !take(&picture, at_s)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// One decoder's share.
fn work<'a>(
    clip: &Clip<'_>,
    wish: &Wish,
    stretches: impl Iterator<Item = &'a Vec<[f64; 2]>>,
    decoded: &AtomicU64,
    send: &SyncSender<Sent>,
) -> (bool, u32) {
    let track = (clip.picture, clip.keyframes);
    let opened = demux::open(clip.input, clip.limits)
        .and_then(|demuxed| Reel::new(demuxed, track, clip.limits, wish.clone(), decoded, 1));
    let mut reel = match opened {
        Ok(reel) => reel,
        Err(stop) => {
            let _ = send.send(Err(stop));
            return (false, 0);
        }
    };
    let mut scaler = Scaler::new(clip.geometry, clip.limits.frame_side);
    for spans in stretches {
        let mut heard = true;
        let played = reel.play(clip.input, spans.clone(), &mut |picture, at_s| {
            heard = send.send(Ok(Some((scaler.convert(picture)?, at_s)))).is_ok();
            Ok(heard)
        });
        if !heard || send.send(played.map(|()| None)).is_err() || reel.exhausted {
            break;
        }
    }
    (reel.exhausted, reel.damaged)
}

/// Cuts the wanted spans at keyframes. A steady rate goes on over a cut as if there were none.
fn cut(keyframes: &[Keyframe], wish: &Wish, duration_s: f64) -> Vec<Vec<[f64; 2]>> {
    let steady = wish.step_s > 0.0;
    if steady && wish.spans.len() != 1 {
        return Vec::new();
    }
    let mut left = wish.spans.clone();
    let mut stretches = Vec::new();
    for keyframe in keyframes {
        let Some([from_s, _]) = left.first().copied() else { break };
        let cut_s = keyframe.at_s + wish.lead_s();
        // the first moment that is wanted of what comes after the cut
        let wanted_s = if steady {
            from_s + ((cut_s + wish.slack_s() - from_s) / wish.step_s).ceil().max(0.0) * wish.step_s
        } else {
            cut_s
        };
        let (before, after) = split(&left, wanted_s, wish.slack_s());
        let long_enough = |spans: &[[f64; 2]]| match (spans.first(), spans.last()) {
            (Some([from_s, _]), Some([_, until_s])) => until_s.min(duration_s) - from_s >= LEAST_S,
            _ => false,
        };
        if long_enough(&before) && long_enough(&after) {
            stretches.push(before);
            left = after;
        }
    }
    stretches.push(left);
    stretches
}

/// What is wanted before a moment, and from it on; a frame that comes early for it belongs to the second part.
fn split(spans: &[[f64; 2]], at_s: f64, slack_s: f64) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for span in spans {
        let [from_s, until_s] = *span;
        if until_s < at_s - slack_s {
            before.push(*span);
        } else if from_s >= at_s - slack_s {
            after.push(*span);
        } else {
            before.push([from_s, (at_s - slack_s).next_down()]);
            after.push([at_s, until_s]);
        }
    }
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyframes(step_s: f64, count: u32) -> Vec<Keyframe> {
        (0..count).map(|at| Keyframe { timestamp: i64::from(at), at_s: f64::from(at) * step_s }).collect()
    }

    #[test]
    fn a_clip_is_cut_where_a_decoder_can_enter() {
        let wish = Wish { spans: vec![[0.0, f64::MAX]], step_s: 0.5, frame_s: 0.04 };
        let stretches = cut(&keyframes(10.0, 4), &wish, 38.0);
        let starts: Vec<f64> = stretches.iter().map(|spans| spans[0][0]).collect();
        assert_eq!(starts, [0.0, 10.5, 20.5, 30.5]);
        for pair in stretches.windows(2) {
            let (end_s, next_s) = (pair[0][0][1], pair[1][0][0]);
            assert!(end_s < next_s - wish.slack_s() && end_s > next_s - wish.slack_s() - 1e-9);
        }
        assert_eq!(cut(&keyframes(100.0, 1), &wish, 38.0).len(), 1, "nowhere to enter");
        assert_eq!(cut(&keyframes(0.5, 76), &wish, 38.0).len(), 5, "not at every keyframe");
    }

    #[test]
    fn single_moments_are_shared_out_too() {
        let moments: Vec<[f64; 2]> = (0..20).map(|at| [f64::from(at), f64::from(at) + 0.2]).collect();
        let wish = Wish { spans: moments.clone(), step_s: 0.0, frame_s: 0.04 };
        let stretches = cut(&keyframes(5.0, 5), &wish, 60.0);
        assert_eq!(stretches.len(), 2);
        assert_eq!(stretches.concat(), moments);
        let wish = Wish { spans: vec![[0.0, 12.0], [13.0, 20.0]], step_s: 0.5, frame_s: 0.04 };
        assert!(cut(&keyframes(5.0, 5), &wish, 60.0).is_empty(), "each span has a grid of its own");
    }
}
