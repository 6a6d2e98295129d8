//! Makes the PDF of a report with a notice, for looking at it: `cargo run -p podlinnik-report --example pdf -- ru NOTICE.json VERDICT.json REPORT.json > out.pdf`

use podlinnik_domain::region::Regions;
use podlinnik_report::{NoticeContext, pdf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [language, notice, verdict, report] = arguments.as_slice() else {
        return Err("arguments: ru|en NOTICE.json VERDICT.json REPORT.json".into());
    };
    let notice: podlinnik_domain::notice::Notice = serde_json::from_slice(&std::fs::read(notice)?)?;
    let verdict = serde_json::from_slice(&std::fs::read(verdict)?)?;
    let report = serde_json::from_slice(&std::fs::read(report)?)?;
    let language = language.parse()?;
    let context = NoticeContext {
        organisation: "Федеральный центр".into(),
        public_url: "https://desk.example".into(),
        language,
        feed_link: None,
        corrections: Vec::new(),
        region: notice.region.as_deref().and_then(|code| Regions::standard().get(code)).cloned(),
        successor_link: None,
        bundle_link: None,
        media: None,
    };
    let contents = pdf::Contents {
        verdict: &verdict,
        media: None,
        notice: Some((&notice, &context)),
        desk: true,
        report: Some(&report),
        language,
    };
    std::io::Write::write_all(&mut std::io::stdout(), &pdf::document(&contents)?)?;
    Ok(())
}
