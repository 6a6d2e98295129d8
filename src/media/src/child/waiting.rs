//! What a run of the decoder still has to hand out. Arithmetic on times; nothing here decodes.

use ffmpeg_next::Packet;

/// A moment that is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    /// Seconds after the first keyframe of the run (or from the start of the clip); [`f64::MIN`]: whatever comes.
    pub(super) after_s: f64,
    /// Its number.
    pub(super) moment: u32,
    /// Consecutive frames from there: a usual burst, or a long one.
    pub(super) length: u32,
}

/// What is still wanted in a run.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    wanted: &'a [Wanted],
    burst: u32,
    /// Frames of the first wanted moment that came already.
    taken: u32,
    /// The long burst that is being taken: its moment, and how many frames of it are missing.
    long: Option<(u32, u32)>,
    /// Presentation times of the packets that hold the last burst.
    last: Vec<i64>,
}

impl<'a> Waiting<'a> {
    pub(super) const fn new(wanted: &'a [Wanted], burst: u32) -> Self {
        Self { wanted, burst, taken: 0, long: None, last: Vec::new() }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.wanted.is_empty() && self.long.is_none()
    }

    /// Seconds after the base of the next wanted frame.
    pub(super) fn next_s(&self) -> Option<f64> {
        match self.long {
            Some(_) => Some(f64::MIN),
            None => self.wanted.first().map(|wanted| wanted.after_s - 1e-4),
        }
    }

    /// Whether a frame belongs to a usual burst. A frame without a time is taken as it comes.
    fn is_due(&self, after_s: Option<f64>) -> bool {
        self.wanted
            .first()
            .is_some_and(|wanted| after_s.is_none_or(|after_s| after_s >= wanted.after_s - 1e-4))
    }

    /// Whether a frame is wanted.
    pub(super) fn wants(&self, after_s: Option<f64>) -> bool {
        self.long.is_some() || self.is_due(after_s)
    }

    /// Takes a frame; the moment that it belongs to, and whether only a long burst wants it.
    pub(super) fn take(&mut self, after_s: Option<f64>) -> Option<(u32, bool)> {
        let due = self.is_due(after_s);
        let mut moment = None;
        if due {
            let first = *self.wanted.first()?;
            moment = Some(first.moment);
            if self.taken == 0 && self.long.is_none() && first.length > self.burst {
                self.long = Some((first.moment, first.length));
            }
            self.taken += 1;
            if self.taken >= self.burst {
                self.taken = 0;
                self.wanted = self.wanted.get(1..).unwrap_or_default();
            }
        }
        if let Some((of, left)) = self.long {
            moment = Some(of);
            self.long = (left > 1).then_some((of, left - 1));
        }
        Some((moment?, !due))
    }

    /// Whether the decoder already holds the whole last burst, so that it need not be fed this packet: as many packets as the burst has frames
    /// came before, and nothing that is decoded from now on can be shown before them.
    pub(super) fn has_all(&mut self, packet: &Packet, base: i64, time_base: f64) -> bool {
        let [last] = self.wanted else { return false };
        let (Some(pts), Some(dts)) = (packet.pts(), packet.dts()) else { return false };
        let another = self.long.is_some_and(|(moment, _)| moment != last.moment);
        let length = last.length.max(self.burst) as usize;
        if !another && self.last.iter().filter(|pts| **pts < dts).count() >= length {
            return true;
        }
        if last.after_s != f64::MIN && (pts - base) as f64 * time_base >= last.after_s - 1e-4 {
            self.last.push(pts);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(lengths: &[u32]) -> Vec<Wanted> {
        (0..)
            .zip(lengths)
            .map(|(moment, length)| Wanted { after_s: f64::from(moment) * 0.2, moment, length: *length })
            .collect()
    }

    /// (frame, moment, motion only) of what is taken from 25 frames a second.
    fn taken(wanted: &[Wanted], frames: u32) -> Vec<(u32, u32, bool)> {
        let mut waiting = Waiting::new(wanted, 2);
        let mut taken = Vec::new();
        for frame in 0..frames {
            let after_s = Some(f64::from(frame) / 25.0);
            if waiting.wants(after_s)
                && let Some((moment, motion_only)) = waiting.take(after_s)
            {
                taken.push((frame, moment, motion_only));
            }
        }
        taken
    }

    #[test]
    fn long_bursts_add_frames_and_take_none_away() {
        let usual = taken(&wanted(&[2, 2, 2, 2]), 30);
        assert_eq!(usual.len(), 8);
        let long = taken(&wanted(&[2, 8, 2, 2]), 30);
        let same: Vec<u32> = long.iter().filter(|it| !it.2).map(|it| it.0).collect();
        assert_eq!(same, usual.iter().map(|it| it.0).collect::<Vec<_>>());
        let burst: Vec<u32> = long.iter().filter(|it| it.1 == 1).map(|it| it.0).collect();
        assert_eq!(burst, [5, 6, 7, 8, 9, 10, 11, 12], "the next moment falls into the long burst");
        assert_eq!(long.iter().filter(|it| it.1 == 3).count(), 2);
        assert!(long.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }

    #[test]
    fn a_long_burst_at_the_end_is_taken_whole() {
        let long = taken(&wanted(&[2, 8]), 30);
        assert_eq!(long.iter().map(|it| it.0).collect::<Vec<_>>(), [0, 1, 5, 6, 7, 8, 9, 10, 11, 12]);
    }

    #[test]
    fn everything_comes_in_bursts_of_the_long_kind() {
        let all: Vec<Wanted> =
            (0..24).map(|moment| Wanted { after_s: f64::MIN, moment, length: 8 }).collect();
        let taken = taken(&all, 20);
        assert_eq!(taken.len(), 20);
        assert!(taken.iter().all(|it| !it.2));
        assert_eq!(taken.iter().filter(|it| it.1 == taken[0].1).count(), 8);
    }
}
