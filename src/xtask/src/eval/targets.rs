//! What was set out to reach.

/// A number to reach.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) what: &'static str,
    /// Name of the set.
    pub(super) set: &'static str,
    /// Where in the report, as a JSON pointer to an object with `value`, `low` and `high`.
    pub(super) pointer: &'static str,
    /// Which of its numbers.
    pub(super) number: &'static str,
    pub(super) must: f64,
    pub(super) aim: f64,
    /// Smaller is better.
    pub(super) at_most: bool,
    /// Write as per cent.
    pub(super) percent: bool,
}

const BASE: Target = Target {
    what: "",
    set: "",
    pointer: "/detectors/0/overall/auc",
    number: "value",
    must: 0.0,
    aim: 0.0,
    at_most: false,
    percent: false,
};

/// The table of the issue, in its order. Always of all methods combined: that is what a person reads.
pub(super) const TARGETS: &[Target] = &[
    Target { what: "DFDC faces (val), AUC", set: "dfdc-faces-val", must: 0.93, aim: 0.97, ..BASE },
    Target {
        what: "DFDC faces (val), found at 1 % false alarms",
        set: "dfdc-faces-val",
        pointer: "/detectors/0/overall/tpr_at_fpr_1_percent",
        must: 0.50,
        aim: 0.70,
        ..BASE
    },
    Target {
        what: "clips of generators that training never saw, AUC per clip",
        set: "clips-val",
        must: 0.80,
        aim: 0.92,
        ..BASE
    },
    Target { what: "fully synthetic pictures, AUC", set: "ai-images", must: 0.88, aim: 0.97, ..BASE },
    Target { what: "fully synthetic pictures, AUC", set: "ffhq-stylegan-val", must: 0.88, aim: 0.97, ..BASE },
    Target {
        what: "… after JPEG 60 and half size, AUC",
        set: "ai-images-jpeg60-half",
        must: 0.80,
        aim: 0.93,
        ..BASE
    },
    Target {
        what: "… after JPEG 60 and half size, AUC",
        set: "ffhq-stylegan-val-jpeg60-half",
        must: 0.80,
        aim: 0.93,
        ..BASE
    },
    Target { what: "cloned and synthetic speech, AUC", set: "speech-val", must: 0.88, aim: 0.97, ..BASE },
    Target {
        what: "heat map, pointing game on face-swap pairs",
        set: "dfdc-faces-val",
        pointer: "/localisation/face_manipulation/pointing_game",
        must: 0.80,
        aim: 0.95,
        ..BASE
    },
    Target {
        what: "error among answered, genuine DFDC faces (val), 95 % upper bound",
        set: "dfdc-faces-val",
        pointer: "/detectors/0/overall/wrongly_supports_manipulation",
        number: "high",
        must: 0.01,
        aim: 0.005,
        at_most: true,
        percent: true,
    },
    Target {
        what: "coverage at that error, DFDC faces (val)",
        set: "dfdc-faces-val",
        pointer: "/detectors/0/overall/coverage",
        must: 0.40,
        aim: 0.75,
        percent: true,
        ..BASE
    },
    Target {
        what: "ECE, DFDC faces (val)",
        set: "dfdc-faces-val",
        pointer: "/detectors/0/overall/ece",
        must: 0.05,
        aim: 0.02,
        at_most: true,
        ..BASE
    },
];

/// How a measured number stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Aim,
    Must,
    Missed,
}

impl Target {
    pub(super) fn standing(&self, value: f64) -> Standing {
        let reached = |limit: f64| if self.at_most { value <= limit } else { value >= limit };
        match (reached(self.aim), reached(self.must)) {
            (true, _) => Standing::Aim,
            (_, true) => Standing::Must,
            _ => Standing::Missed,
        }
    }
}
