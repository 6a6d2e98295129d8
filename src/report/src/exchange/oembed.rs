//! oEmbed 1.0, type `rich`: a card of text that another site may set into its page. No script, no frame.

use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use serde_json::{Value, json};

use crate::notice::{NoticeContext, heading, is_withdrawn, notice_link};
use crate::outlets::shorten;
use crate::wording::{pick, state_of_notice};
use crate::{outlets, words};

/// Width that is offered, in CSS pixels.
const WIDTH: u32 = 550;
/// Narrowest that is offered.
const NARROWEST: u32 = 220;
/// Most characters of the truth that the card shows.
const MOST_WORDS: usize = 400;

/// The notice whose page `url` is, if it is one of this service. Parameters and fragments do not count.
pub fn notice_of(url: &str, public_url: &str) -> Option<NoticeId> {
    let path = url.strip_prefix(public_url)?.strip_prefix("/notices/")?;
    path.split(['?', '#']).next()?.parse().ok()
}

/// The answer. `max_width`, `max_height`: what the other site allows.
pub fn answer(
    notice: &Notice,
    verdict: &Verdict,
    context: &NoticeContext,
    max_width: Option<u32>,
    max_height: Option<u32>,
) -> Value {
    let language = context.language;
    let escape = outlets::escape_html;
    let link = notice_link(notice, &context.public_url);
    let title = words::title(&notice.text, language).text;
    let mut html = format!("<blockquote lang=\"{language}\" cite=\"{}\">", escape(&link));
    let state = state_of_notice(notice.state).in_language(language);
    html.push_str(&format!("<p>{}", escape(heading(notice, verdict, language))));
    if notice.state != podlinnik_domain::notice::NoticeState::Published {
        html.push_str(&format!(" — <strong>{}</strong>", escape(state)));
    }
    html.push_str(&format!("</p><p><strong>{}</strong></p>", escape(title)));
    if !is_withdrawn(notice.state) {
        if let Some(rating) = notice.text.rating {
            html.push_str(&format!(
                "<p>{}: <strong>{}</strong></p>",
                pick(language, "Оценка утверждения", "Rating of the claim"),
                rating.text().in_language(language)
            ));
        }
        html.push_str(&format!(
            "<p>{}: <strong>{}</strong></p>",
            pick(language, "Вердикт о материале", "Verdict on the media"),
            verdict.proposal.kind.text().in_language(language)
        ));
        let truth =
            shorten(words::truth(&notice.text, language).text, MOST_WORDS, |text| text.chars().count());
        html.push_str(&format!("<p>{}</p>", escape(&truth)));
    }
    html.push_str(&format!(
        "<footer>{} · <a href=\"{}\">{}</a></footer></blockquote>",
        escape(&context.organisation),
        escape(&link),
        pick(language, "Читать полностью", "Read in full")
    ));
    json!({
        "version": "1.0",
        "type": "rich",
        "title": title,
        "author_name": context.organisation,
        "provider_name": "Podlinnik",
        "provider_url": format!("{}/", context.public_url),
        "cache_age": 60,
        "width": max_width.unwrap_or(WIDTH).clamp(NARROWEST, WIDTH),
        "height": max_height.map(|height| height.min(400)),
        "html": html,
    })
}
