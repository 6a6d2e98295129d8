//! Letters by SMTP (RFC 5321), through the server that the operator names.

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use podlinnik_report::Letter;

use super::Attempt;

/// Longest that one letter may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Why a mail server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The address of the server is none.
    #[error("not an address of a mail server (smtp://… or smtps://…): {0}")]
    Server(String),
    /// The sender is no mailbox.
    #[error("not a sender such as `Podlinnik <podlinnik@example.org>`: {0}")]
    Sender(String),
}

/// A mail server and the sender that letters carry.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Mailer").field("sender", &self.sender).finish_non_exhaustive()
    }
}

impl Mailer {
    /// `server`: `smtps://user:password@host` (TLS from the start), `smtp://host?tls=required` (STARTTLS) or `smtp://host` (plain, for a server on the
    /// same machine).
    ///
    /// # Errors
    /// [`MailError`].
    pub fn new(server: &str, sender: &str) -> Result<Self, MailError> {
        // `ring` is the one provider in this build; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server)
            .map_err(|error| MailError::Server(error.to_string()))?
            .timeout(Some(LIMIT))
            .build();
        let sender = sender.parse().map_err(|error| MailError::Sender(format!("{error}")))?;
        Ok(Self { transport, sender })
    }

    /// Sends a letter. `identifier` is the same for every attempt, so that a mailbox can tell repetitions.
    pub(crate) async fn send(&self, to: &str, identifier: &str, letter: &Letter) -> Attempt {
        let message = match self.message(to, identifier, letter) {
            Ok(message) => message,
            Err(error) => return Attempt::Refused(error),
        };
        match tokio::time::timeout(LIMIT * 2, self.transport.send(message)).await {
            Ok(Ok(answer)) => Attempt::Delivered(answer.code().to_string()),
            Ok(Err(error)) if error.is_permanent() => Attempt::Refused(chain(&error)),
            Ok(Err(error)) => Attempt::Failed(chain(&error), None),
            Err(_) => Attempt::Failed("the mail server does not answer".to_owned(), None),
        }
    }

    fn message(&self, to: &str, identifier: &str, letter: &Letter) -> Result<Message, String> {
        let to: Address = to.parse().map_err(|error| format!("{error}"))?;
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{identifier}>")))
            .subject(letter.subject.clone())
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| error.to_string())
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_letter_is_made_of_two_equal_parts_and_no_header_is_smuggled_in() {
        let mailer = Mailer::new("smtp://localhost:2525", "Подлинник <podlinnik@desk.example>").unwrap();
        let letter = Letter {
            subject: "Опровержение: тест\r\nBcc: all@example.org".into(),
            text: "Текст\n.\n".into(),
            html: "<p>Текст</p>".into(),
        };
        let message = mailer.message("desk@example.org", "1@desk.example", &letter).unwrap();
        let written = String::from_utf8(message.formatted()).unwrap();
        assert!(written.contains("Message-ID: <1@desk.example>"), "{written}");
        assert!(written.contains("Auto-Submitted: auto-generated"), "{written}");
        assert!(written.contains("text/plain") && written.contains("text/html"), "{written}");
        assert!(!written.lines().any(|line| line.starts_with("Bcc")), "{written}");
        mailer.message("no mailbox", "1", &letter).unwrap_err();
        Mailer::new("http://localhost", "a@example.org").unwrap_err();
        Mailer::new("smtp://localhost", "nobody").unwrap_err();
    }
}
