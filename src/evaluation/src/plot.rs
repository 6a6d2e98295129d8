//! Curves as inline SVG. Colours come from the page's style sheet (`c0` … `c5`), so that a dark page has light curves.

use std::fmt::Write as _;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 46.0;

/// Least false-positive rate on a logarithmic axis.
const LEAST: f64 = 0.001;

/// An axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    title: &'static str,
    ticks: Vec<(f64, String)>,
    logarithmic: bool,
    most: f64,
}

impl Axis {
    /// Shares from 0 to 1 in per cent.
    pub(crate) fn shares(title: &'static str) -> Self {
        let ticks = (0..=5).map(|step| (f64::from(step) / 5.0, format!("{} %", step * 20))).collect();
        Self { title, ticks, logarithmic: false, most: 1.0 }
    }

    /// Shares from 0 to a little more than what is shown, in per cent.
    pub(crate) fn shares_to(title: &'static str, most: f64) -> Self {
        let most = [0.05, 0.1, 0.2, 0.5, 1.0].into_iter().find(|step| most <= *step).unwrap_or(1.0);
        let ticks = (0..=5)
            .map(|step| {
                let share = f64::from(step) / 5.0 * most;
                (share, format!("{} %", share * 100.0))
            })
            .collect();
        Self { title, ticks, logarithmic: false, most }
    }

    /// Rates from 0.1 % to 100 %, in powers of ten.
    pub(crate) fn rates(title: &'static str) -> Self {
        let ticks = [(0.001, "0.1 %"), (0.01, "1 %"), (0.1, "10 %"), (1.0, "100 %")];
        Self {
            title,
            ticks: ticks.iter().map(|(at, text)| (*at, (*text).to_owned())).collect(),
            logarithmic: true,
            most: 1.0,
        }
    }

    /// Where a value lies, 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let share =
            if self.logarithmic { 1.0 - value.max(LEAST).log10() / LEAST.log10() } else { value / self.most };
        share.clamp(0.0, 1.0)
    }
}

/// A diagram in the making.
#[derive(Debug)]
pub(crate) struct Plot {
    x: Axis,
    y: Axis,
    body: String,
}

impl Plot {
    pub(crate) fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, body: String::new() }
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let across = LEFT + self.x.place(x) * (WIDTH - LEFT - RIGHT);
        let down = HEIGHT - BOTTOM - self.y.place(y) * (HEIGHT - TOP - BOTTOM);
        (across, down)
    }

    fn points(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut text = String::new();
        for (x, y) in points {
            let (across, down) = self.at(x, y);
            let _ = write!(text, "{across:.1},{down:.1} ");
        }
        text.trim_end().to_owned()
    }

    /// A curve in the colour of a detector.
    pub(crate) fn line(&mut self, colour: usize, points: impl IntoIterator<Item = (f64, f64)>) {
        let points = self.points(points);
        let _ = write!(self.body, r#"<polyline class="curve c{}" points="{points}"/>"#, colour % 6);
    }

    /// What nobody should be worse than.
    pub(crate) fn reference(&mut self, points: impl IntoIterator<Item = (f64, f64)>) {
        let points = self.points(points);
        let _ = write!(self.body, r#"<polyline class="reference" points="{points}"/>"#);
    }

    /// An interval around a curve: (x, low, high).
    pub(crate) fn band(&mut self, colour: usize, band: &[[f64; 3]]) {
        let upper = band.iter().map(|point| (point[0], point[2]));
        let lower = band.iter().rev().map(|point| (point[0], point[1]));
        let points = self.points(upper.chain(lower));
        let _ = write!(self.body, r#"<polygon class="band c{}" points="{points}"/>"#, colour % 6);
    }

    /// A dot whose area stands for a weight from 0 to 1, with a title.
    pub(crate) fn dot(&mut self, colour: usize, (x, y): (f64, f64), weight: f64, title: &str) {
        let (across, down) = self.at(x, y);
        let radius = 3.0 + 9.0 * weight.clamp(0.0, 1.0).sqrt();
        let _ = write!(
            self.body,
            r#"<circle class="dot c{}" cx="{across:.1}" cy="{down:.1}" r="{radius:.1}"><title>{title}</title></circle>"#,
            colour % 6
        );
    }

    /// A vertical interval.
    pub(crate) fn whisker(&mut self, colour: usize, x: f64, low: f64, high: f64) {
        let ((across, one), (_, two)) = (self.at(x, low), self.at(x, high));
        let _ = write!(
            self.body,
            r#"<line class="whisker c{}" x1="{across:.1}" x2="{across:.1}" y1="{one:.1}" y2="{two:.1}"/>"#,
            colour % 6
        );
    }

    /// The finished picture. `description`: for people who do not see it.
    pub(crate) fn finish(self, description: &str) -> String {
        let mut text = format!(
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{description}" xmlns="http://www.w3.org/2000/svg">"#
        );
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (value, label) in &self.x.ticks {
            let across = LEFT + self.x.place(*value) * (WIDTH - LEFT - RIGHT);
            let _ = write!(
                text,
                r#"<line class="grid" x1="{across:.1}" x2="{across:.1}" y1="{TOP}" y2="{bottom}"/><text class="tick" x="{across:.1}" y="{:.1}" text-anchor="middle">{label}</text>"#,
                bottom + 16.0
            );
        }
        for (value, label) in &self.y.ticks {
            let down = bottom - self.y.place(*value) * (bottom - TOP);
            let _ = write!(
                text,
                r#"<line class="grid" x1="{LEFT}" x2="{right}" y1="{down:.1}" y2="{down:.1}"/><text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{label}</text>"#,
                LEFT - 6.0,
                down + 4.0
            );
        }
        let (middle_x, middle_y) = (f64::midpoint(LEFT, right), f64::midpoint(TOP, bottom));
        let _ = write!(
            text,
            r#"<text class="axis" x="{middle_x:.1}" y="{:.1}" text-anchor="middle">{}</text><text class="axis" transform="translate(11 {middle_y:.1}) rotate(-90)" text-anchor="middle">{}</text>"#,
            HEIGHT - 8.0,
            self.x.title,
            self.y.title
        );
        text.push_str(&self.body);
        text.push_str("</svg>");
        text
    }
}
