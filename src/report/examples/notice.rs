//! Renders a notice as a page, for looking at it: `cargo run -p podlinnik-report --example notice -- ru NOTICE.json VERDICT.json CORRECTIONS.json`

use podlinnik_domain::region::Regions;
use podlinnik_report::{NoticeContext, notice};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [language, told, verdict, corrections] = arguments.as_slice() else {
        return Err("arguments: ru|en NOTICE.json VERDICT.json CORRECTIONS.json".into());
    };
    let told: podlinnik_domain::notice::Notice = serde_json::from_slice(&std::fs::read(told)?)?;
    let context = NoticeContext {
        organisation: "Федеральный центр".into(),
        public_url: "https://desk.example".into(),
        language: language.parse()?,
        feed_link: None,
        corrections: serde_json::from_slice(&std::fs::read(corrections)?)?,
        region: told.region.as_deref().and_then(|code| Regions::standard().get(code)).cloned(),
        successor_link: None,
        bundle_link: None,
        media: None,
    };
    let page = notice::page(&told, &serde_json::from_slice(&std::fs::read(verdict)?)?, &context)?;
    std::io::Write::write_all(&mut std::io::stdout(), page.as_bytes())?;
    Ok(())
}
