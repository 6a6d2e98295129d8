//! JSON Feed 1.1 (jsonfeed.org). Codes stand in the extension `_podlinnik`.

use serde_json::{Map, Value, json};

use super::{FeedEntry, FeedHead};

/// The feed.
pub fn json(head: &FeedHead, entries: &[FeedEntry]) -> Value {
    let mut feed = Map::new();
    feed.insert("version".into(), "https://jsonfeed.org/version/1.1".into());
    feed.insert("title".into(), head.title.as_str().into());
    if let Some(page) = &head.page_link {
        feed.insert("home_page_url".into(), page.as_str().into());
    }
    feed.insert("feed_url".into(), head.self_link.as_str().into());
    feed.insert("language".into(), head.language.code().into());
    feed.insert("authors".into(), json!([{ "name": head.author }]));
    feed.insert("items".into(), entries.iter().map(item).collect());
    Value::Object(feed)
}

fn item(entry: &FeedEntry) -> Value {
    let codes: Map<String, Value> = entry
        .categories
        .iter()
        .map(|category| {
            let name = category.scheme.strip_prefix("urn:podlinnik:").unwrap_or("region");
            (name.to_owned(), category.term.as_str().into())
        })
        .collect();
    json!({
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": entry.content,
        "date_published": entry.published.to_string(),
        "date_modified": entry.updated.to_string(),
        "tags": entry.categories.iter().map(|category| category.label.as_str()).collect::<Vec<_>>(),
        "_podlinnik": codes,
    })
}
