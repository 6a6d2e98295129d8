//! Draws the card of a notice, for looking at it: `cargo run -p podlinnik-report --example card -- ru wide NOTICE.json VERDICT.json OUT.png [WIDTH FRAME.rgb]`

use podlinnik_domain::region::Regions;
use podlinnik_report::{CardSize, Frame, NoticeContext, card};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [language, size, told, verdict, out, frame @ ..] = arguments.as_slice() else {
        return Err("arguments: ru|en wide|square NOTICE.json VERDICT.json OUT.png [WIDTH FRAME.rgb]".into());
    };
    let told: podlinnik_domain::notice::Notice = serde_json::from_slice(&std::fs::read(told)?)?;
    let context = NoticeContext {
        organisation: "Федеральный центр".into(),
        public_url: "https://desk.example".into(),
        language: language.parse()?,
        feed_link: None,
        corrections: Vec::new(),
        region: told.region.as_deref().and_then(|code| Regions::standard().get(code)).cloned(),
        successor_link: None,
        bundle_link: None,
        media: None,
    };
    let pixels = frame.get(1).map(std::fs::read).transpose()?.unwrap_or_default();
    let width: u32 = frame.first().map_or(Ok(0), |text| text.parse())?;
    let picture = (width > 0).then(|| Frame {
        width,
        height: u32::try_from(pixels.len() / 3).unwrap_or(0) / width.max(1),
        rgb: &pixels,
    });
    let size: CardSize = size.parse()?;
    let verdict = serde_json::from_slice(&std::fs::read(verdict)?)?;
    std::fs::write(out, card::png(&told, &verdict, &context, size, picture)?)?;
    Ok(())
}
