//! What stands where on a card.

use podlinnik_domain::notice::{ClaimRating, Notice};
use podlinnik_domain::verdict::Verdict;

use super::canvas::{Area, Canvas, Colour, Mask};
use super::frame::{self, Frame, Veil};
use super::lettering::{Face, Pen, showable};
use super::lines::{Room, fit};
use super::{AMBER, CardSize, GREEN, RED, Stamp, stamp};
use crate::ReportError;
use crate::notice::{NoticeContext, heading, is_withdrawn, notice_link};
use crate::outlets::{capitalised, clean, typeset};
use crate::wording::pick;
use crate::words;

const PAPER: Colour = [250, 248, 243];
const INK: Colour = [26, 31, 36];
const SOFT: Colour = [92, 101, 111];
const LINE: Colour = [219, 215, 205];
const NIGHT: Colour = [30, 36, 43];
const WHITE: Colour = [255, 255, 255];

/// Upwards to the right.
const TILT: f32 = -0.24;

/// Where things stand.
struct Plan {
    picture: Area,
    text: Area,
    sizes: &'static [f32],
    most_lines: usize,
}

impl Plan {
    fn of(size: CardSize) -> Self {
        let area = |x, y, width, height| Area { x, y, width, height };
        match size {
            CardSize::Wide => Self {
                picture: area(720, 0, 480, 630),
                text: area(56, 48, 616, 534),
                sizes: &[66.0, 60.0, 54.0, 48.0, 43.0, 39.0],
                most_lines: 5,
            },
            CardSize::Square => Self {
                picture: area(0, 0, 1080, 500),
                text: area(64, 544, 952, 488),
                sizes: &[80.0, 72.0, 64.0, 56.0, 50.0, 44.0],
                most_lines: 4,
            },
        }
    }
}

/// Draws the card.
pub(crate) fn draw(
    notice: &Notice,
    verdict: &Verdict,
    context: &NoticeContext,
    size: CardSize,
    frame: Option<Frame<'_>>,
) -> Result<Canvas, ReportError> {
    let (width, height) = size.pixels();
    let mut canvas = Canvas::new(width, height, PAPER);
    let plan = Plan::of(size);
    let stamp = stamp(notice, verdict);
    picture(&mut canvas, plan.picture, &stamp, context, frame)?;
    let words = Told::new(notice, verdict, context)?;
    words.write(&mut canvas, &plan, stamp.colour)?;
    Ok(canvas)
}

/// The frame under its lettering and its stamp.
#[expect(clippy::cast_precision_loss, reason = "places on a card")]
fn picture(
    canvas: &mut Canvas,
    area: Area,
    stamp: &Stamp,
    context: &NoticeContext,
    frame: Option<Frame<'_>>,
) -> Result<(), ReportError> {
    match frame {
        Some(frame) => frame::paint(canvas, &frame, area, Veil { blur: 7, dark: 0.5 })?,
        None => canvas.fill(area, NIGHT),
    }
    let text = stamp.text.in_language(context.language);
    let (left, top) = (area.x as f32, area.y as f32);
    // Small lettering all over: whatever is cut out carries the word.
    let small = Pen::new(Face::Bold, 34.0)?;
    let word = small.write(&format!("{text}  "));
    let (step_x, step_y) = (word.width as f32, 66.0);
    let (sine, cosine) = TILT.sin_cos();
    let reach = (area.width as f32).hypot(area.height as f32) / 2.0 + step_x;
    let (middle_x, middle_y) = (left + area.width as f32 / 2.0, top + area.height as f32 / 2.0);
    let mut row = 0;
    let mut down = -reach;
    while down < reach {
        let mut across = -reach + if row % 2 == 0 { 0.0 } else { step_x / 2.0 };
        while across < reach {
            let place = (middle_x + across * cosine - down * sine, middle_y + across * sine + down * cosine);
            canvas.paint_turned(&word, place, TILT, around(area, place, step_x), WHITE, 0.3);
            across += step_x;
        }
        down += step_y;
        row += 1;
    }
    // The stamp: as large as the picture allows.
    let size = largest(text, area)?;
    let pen = Pen::new(Face::Bold, size)?;
    let letters = pen.write(text);
    let padding = (size * 0.22).round();
    let mut plate = Mask::new(letters.width + as_pixels(padding) * 2, letters.height + as_pixels(padding));
    let mut border = plate.clone();
    plate.outline(usize::MAX / 2);
    border.outline(as_pixels(size * 0.06).max(4));
    let middle = (middle_x, middle_y);
    canvas.paint_turned(&plate, middle, TILT, area, WHITE, 0.94);
    canvas.paint_turned(&border, middle, TILT, area, stamp.colour, 1.0);
    canvas.paint_turned(&letters, middle, TILT, area, stamp.colour, 1.0);
    Ok(())
}

/// The part of `area` that a word of this length, turned, can touch.
fn around(area: Area, middle: (f32, f32), length: f32) -> Area {
    let reach = length / 2.0 + 40.0;
    let x = as_pixels(middle.0 - reach).clamp(area.x, area.x + area.width);
    let y = as_pixels(middle.1 - reach).clamp(area.y, area.y + area.height);
    let right = as_pixels(middle.0 + reach).clamp(x, area.x + area.width);
    let bottom = as_pixels(middle.1 + reach).clamp(y, area.y + area.height);
    Area { x, y, width: right - x, height: bottom - y }
}

/// The largest size at which the stamp, turned, stays inside its picture.
#[expect(clippy::cast_precision_loss, reason = "places on a card")]
fn largest(text: &str, area: Area) -> Result<f32, ReportError> {
    let mut size = 170.0_f32;
    while size > 40.0 {
        let width = Pen::new(Face::Bold, size)?.width(text) + size * 0.5;
        if width * TILT.cos() + size * TILT.sin().abs() < area.width as f32 * 0.94 {
            break;
        }
        size -= 2.0;
    }
    Ok(size)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a card")]
fn as_pixels(value: f32) -> usize {
    value.round().clamp(0.0, 8192.0) as usize
}

/// The words of a card, ready to be written.
struct Told {
    overline: String,
    headline: String,
    struck: bool,
    rating: Option<(String, Colour)>,
    verdict: String,
    source: String,
    address: String,
}

impl Told {
    fn new(notice: &Notice, verdict: &Verdict, context: &NoticeContext) -> Result<Self, ReportError> {
        let language = context.language;
        let (bold, regular) = (Pen::new(Face::Bold, 40.0)?, Pen::new(Face::Regular, 24.0)?);
        let kind = heading(notice, verdict, language);
        let withdrawn = is_withdrawn(notice.state);
        let region = context.region.as_ref().map(|region| region.name(language));
        let overline = region.map_or_else(|| kind.to_owned(), |region| format!("{kind}  ·  {region}"));
        let title = words::title(&notice.text, language);
        let headline = showable(&typeset(&clean(title.text), title.language), &bold);
        let has_letters = headline.chars().any(char::is_alphanumeric);
        let rating = notice.text.rating.filter(|_| !withdrawn).map(|rating| {
            let colour = match rating {
                ClaimRating::False => RED,
                ClaimRating::True => GREEN,
                _ => AMBER,
            };
            let words = rating.text().in_language(language);
            (format!("{}: {words}", pick(language, "Утверждение", "The claim")), colour)
        });
        let date = notice.published_at.unwrap_or(notice.created_at);
        let date = date.strftime(pick(language, "%d.%m.%Y", "%Y-%m-%d")).to_string();
        let told_verdict = if withdrawn {
            pick(language, "Не ссылайтесь на эту публикацию.", "Do not cite this notice.").to_owned()
        } else {
            let words = verdict.proposal.kind.text().in_language(language);
            format!("{}: {words}", pick(language, "Материал", "The media"))
        };
        let link = notice_link(notice, &context.public_url);
        let address = link.split_once("://").map_or(link.as_str(), |(_, rest)| rest).to_owned();
        Ok(Self {
            overline: showable(&overline, &regular),
            headline: if has_letters { headline } else { kind.to_owned() },
            struck: withdrawn,
            rating,
            verdict: capitalised(&told_verdict),
            source: showable(&format!("{} · {date}", clean(&context.organisation)), &regular),
            address: showable(&address, &regular),
        })
    }

    /// Overline and headline from the top, source and address from the bottom, rating and verdict between.
    #[expect(clippy::cast_precision_loss, reason = "places on a card")]
    fn write(&self, canvas: &mut Canvas, plan: &Plan, colour: Colour) -> Result<(), ReportError> {
        let area = plan.text;
        let width = area.width as f32;
        let bottom = area.y + area.height;
        canvas.fill(Area { x: area.x, y: area.y, width: 64, height: 7 }, colour);
        let overline = fit(&self.overline, Face::Regular, &[27.0, 24.0, 21.0], Room::line(width))?;
        let mut y = area.y as f32 + 24.0;
        for line in &overline.lines {
            canvas.paint(&overline.pen.write(line), area.x, as_pixels(y), SOFT, 1.0);
            y += overline.pen.line_height();
        }
        y += 14.0;
        let address = fit(&self.address, Face::Regular, &[23.0, 20.0, 18.0], Room::line(width))?;
        let source = fit(&self.source, Face::Regular, &[25.0, 22.0], Room::line(width))?;
        let foot = bottom as f32 - address.pen.line_height() - source.pen.line_height() - 8.0;
        let pill_pen = Pen::new(Face::Bold, 33.0)?;
        let below = foot - 24.0 - 34.0 - if self.rating.is_some() { 66.0 } else { 0.0 };
        let room = Room { width, height: below - 10.0 - y, most_lines: plan.most_lines };
        let headline = fit(&self.headline, Face::Bold, plan.sizes, room)?;
        for line in &headline.lines {
            let written = headline.pen.write(line);
            canvas.paint(&written, area.x, as_pixels(y), INK, if self.struck { 0.55 } else { 1.0 });
            if self.struck {
                let middle = as_pixels(y + headline.pen.line_height() * 0.56);
                canvas.fill(Area { x: area.x, y: middle, width: written.width, height: 5 }, RED);
            }
            y += headline.pen.line_height();
        }
        let mut low = below;
        if let Some((rating, colour)) = &self.rating {
            let letters = pill_pen.write(rating);
            let pill = Area { x: area.x, y: as_pixels(low), width: letters.width + 36, height: 52 };
            canvas.round_box(pill, 9.0, *colour);
            canvas.paint(&letters, pill.x + 18, pill.y + 8, WHITE, 1.0);
            low += 66.0;
        }
        let verdict = fit(&self.verdict, Face::Regular, &[28.0, 25.0, 22.0], Room::line(width))?;
        for line in &verdict.lines {
            canvas.paint(&verdict.pen.write(line), area.x, as_pixels(low), INK, 1.0);
        }
        canvas.fill(Area { x: area.x, y: as_pixels(foot - 14.0), width: area.width, height: 2 }, LINE);
        let mut low = foot;
        for (block, colour) in [(&source, INK), (&address, SOFT)] {
            for line in &block.lines {
                canvas.paint(&block.pen.write(line), area.x, as_pixels(low), colour, 1.0);
            }
            low += block.pen.line_height() + 4.0;
        }
        Ok(())
    }
}
