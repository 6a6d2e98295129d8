//! Renders a JSON report as a page, for looking at it: `cargo run -p podlinnik-report --example render -- REPORT.json ru PICTURE…`

use std::path::Path;

use podlinnik_report::EmbeddedPicture;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [report, language, pictures @ ..] = arguments.as_slice() else {
        return Err("arguments: REPORT.json ru|en PICTURE…".into());
    };
    let report = podlinnik_report::json::from_json(serde_json::from_slice(&std::fs::read(report)?)?)?;
    let bytes = pictures.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let embedded: Vec<_> = pictures
        .iter()
        .zip(&bytes)
        .map(|(path, bytes)| EmbeddedPicture {
            name: Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default(),
            media_type: "image/jpeg",
            bytes,
        })
        .collect();
    let page = podlinnik_report::html::render(&report, &embedded, language.parse()?)?;
    std::io::Write::write_all(&mut std::io::stdout(), page.as_bytes())?;
    Ok(())
}
