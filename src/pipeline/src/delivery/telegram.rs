//! Posts in Telegram channels, through the Bot API (`sendMessage`) or a server of one's own that speaks it.

use serde_json::{Value, json};

use super::Attempt;
use crate::fetch::{FetchError, Outbound};

/// Where the Bot API is, unless the operator names another place.
pub const BOT_API: &str = "https://api.telegram.org";

/// A bot and where it is reached.
#[derive(Clone)]
pub struct TelegramBot {
    outbound: Outbound,
    base_url: String,
    token: String,
}

impl std::fmt::Debug for TelegramBot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TelegramBot").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl TelegramBot {
    /// `base_url`: [`BOT_API`], or a server that the operator runs, which may be on a private address.
    ///
    /// # Errors
    /// [`FetchError`] if no HTTP client can be set up.
    pub fn new(base_url: &str, token: &str) -> Result<Self, FetchError> {
        Ok(Self {
            outbound: Outbound::new(base_url != BOT_API)?,
            base_url: base_url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        })
    }

    /// Posts a message (`parse_mode=HTML`). The token never gets into an error.
    pub(crate) async fn send(&self, chat: &str, html: &str) -> Attempt {
        let url = format!("{}/bot{}/sendMessage", self.base_url, self.token);
        let body = json!({
            "chat_id": chat,
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
        });
        let answered = match self.outbound.post_json(&url, &[], body.to_string()).await {
            Ok(answered) => answered,
            Err(error) => return Attempt::Failed(error.to_string().replace(&self.token, "…"), None),
        };
        let said: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
        let description = said.get("description").and_then(Value::as_str).unwrap_or_default();
        let told = format!("{} {description}", answered.status);
        let told = told.trim().chars().take(300).collect::<String>().replace(&self.token, "…");
        let wait = said.pointer("/parameters/retry_after").and_then(Value::as_u64);
        let wait = wait.and_then(|seconds| u32::try_from(seconds).ok()).or(answered.retry_after_s);
        match answered.status {
            200 if said.get("ok") == Some(&Value::Bool(true)) => {
                let number = said.pointer("/result/message_id").and_then(Value::as_i64);
                Attempt::Delivered(number.map_or(told, |number| format!("200 message {number}")))
            }
            // A message that cannot be read as HTML, or a chat that is not there: trying again changes nothing until somebody has acted, and
            // that can take a while. The schedule of attempts leaves two days.
            _ => Attempt::Failed(told, wait),
        }
    }
}

/// The name of a public channel (`@name`) or the number of a chat.
pub(crate) fn telegram_chat(address: &str) -> Option<&str> {
    let is_name = address.strip_prefix('@').is_some_and(|name| {
        (4..=32).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    let digits = address.strip_prefix('-').unwrap_or(address);
    let is_number = (1..=19).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_name || is_number).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chats_are_names_or_numbers() {
        for good in ["@tambov_news", "-1001234567890", "42"] {
            assert_eq!(telegram_chat(good), Some(good));
        }
        for bad in ["", "@", "@a b", "tambov", "https://t.me/tambov", "-", "--1", "@имя_канала", "1/../x"]
        {
            assert_eq!(telegram_chat(bad), None, "{bad}");
        }
    }
}
