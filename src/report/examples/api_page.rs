//! Renders the API's page, for looking at it: `cargo run -p podlinnik-report --example api_page -- ru OPENAPI.json > api.html`

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [language, document] = arguments.as_slice() else {
        return Err("arguments: ru|en OPENAPI.json".into());
    };
    let document = serde_json::from_slice(&std::fs::read(document)?)?;
    let page = podlinnik_report::api_page::page(&document, language.parse()?)?;
    std::io::Write::write_all(&mut std::io::stdout(), page.as_bytes())?;
    Ok(())
}
