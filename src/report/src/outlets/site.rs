//! A fragment of HTML for the editors' own site: no style, no script, no picture of the fake.

use super::escape_html;
use super::post::{Source, capitalised, source_title};

/// The fragment.
pub(crate) fn fragment(source: &Source<'_>) -> String {
    let mut html = Fragment(String::new());
    let language = source.language();
    let link = source.link();
    html.raw(&format!("<article class=\"podlinnik-notice\" lang=\"{language}\">\n"));
    html.element("p", source.heading());
    html.element("h2", &source.title());
    if let Some(state) = source.state() {
        html.raw(&format!("<p><strong>{}</strong>", escape_html(&state)));
        if let Some(statement) = source.last_statement() {
            html.raw(&format!(" — {}", escape_html(&statement)));
        }
        html.raw("</p>\n");
    }
    if !source.is_withdrawn() {
        if let Some(claim) = source.claim() {
            html.element("h3", source.t("Что утверждают", "The claim"));
            html.raw(&format!("<blockquote><p>{}</p></blockquote>\n", escape_html(&claim)));
        }
        if let Some(rating) = source.rating() {
            html.labelled(source.t("Оценка утверждения", "Rating of the claim"), &capitalised(rating));
        }
        html.element("h3", source.t("Как на самом деле", "What is true"));
        html.paragraphs(&source.truth());
        sources(source, &mut html);
        html.element("h3", source.t("Что неверно", "What is untrue"));
        html.paragraphs(&source.body());
        if let Some(spread) = source.spread() {
            html.element("h3", source.t("Как распространялось", "How it spread"));
            html.paragraphs(&spread);
        }
        html.labelled(
            source.t("Вердикт о материале", "Verdict on the media"),
            &capitalised(source.verdict()),
        );
    }
    html.raw(&format!(
        "<footer><p>{} · <a href=\"{}\">{}</a></p></footer>\n</article>\n",
        escape_html(&source.context.organisation),
        escape_html(&link),
        source.t("Публикация с историей исправлений", "The notice with its corrections")
    ));
    html.0
}

fn sources(source: &Source<'_>, html: &mut Fragment) {
    if source.notice.text.sources.is_empty() {
        return;
    }
    html.raw("<ul>\n");
    for entry in &source.notice.text.sources {
        let title = escape_html(&source_title(entry));
        match entry.url.as_deref().filter(|url| !crate::notice::host(url).is_empty()) {
            Some(url) => html.raw(&format!(
                "<li><a href=\"{}\" rel=\"nofollow noopener noreferrer\">{title}</a></li>\n",
                escape_html(url)
            )),
            None => html.raw(&format!("<li>{title}</li>\n")),
        }
    }
    html.raw("</ul>\n");
}

struct Fragment(String);

impl Fragment {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn element(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("<{name}>{}</{name}>\n", escape_html(text)));
    }

    fn labelled(&mut self, label: &str, text: &str) {
        self.0.push_str(&format!("<p>{label}: <strong>{}</strong></p>\n", escape_html(text)));
    }

    fn paragraphs(&mut self, text: &str) {
        for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            self.element("p", paragraph);
        }
    }
}
