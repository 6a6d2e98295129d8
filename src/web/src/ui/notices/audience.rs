//! Who is told of a notice, in words, before it is published.

use podlinnik_domain::delivery::Channel;
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::people::Organisation;
use podlinnik_pipeline::NoticeAudience;

use super::page::organisation_name;
use crate::ui::shell::Shell;
use crate::ui::wording::count;

/// Receivers and inboxes by name.
pub(super) struct Audience {
    /// Organisations with the channels of their receivers.
    pub(super) receivers: Vec<(String, String)>,
    /// Organisations whose inboxes get an entry, by name.
    pub(super) inboxes: Vec<String>,
    number: u64,
}

impl Audience {
    pub(super) fn new(audience: &NoticeAudience, all: &[Organisation], shell: &Shell) -> Self {
        let mut receivers: Vec<(OrganisationId, Vec<String>)> = Vec::new();
        for ((organisation, channel), number) in &audience.receivers {
            let words = words(*channel, *number, shell);
            match receivers.last_mut() {
                Some((last, channels)) if last == organisation => channels.push(words),
                _ => receivers.push((*organisation, vec![words])),
            }
        }
        let name = |id: OrganisationId| organisation_name(all, id, shell);
        let mut inboxes: Vec<String> = audience.inboxes.iter().map(|id| name(*id)).collect();
        inboxes.sort();
        Self {
            receivers: receivers.into_iter().map(|(id, channels)| (name(id), channels.join(", "))).collect(),
            inboxes,
            number: audience.receivers.values().map(|number| u64::from(*number)).sum(),
        }
    }

    /// `3 получателя`.
    pub(super) fn receivers_counted(&self, shell: &Shell) -> String {
        let forms = (["получатель", "получателя", "получателей"], ["receiver", "receivers"]);
        count(self.number, forms.0, forms.1, shell.language)
    }

    /// `5 редакций`.
    pub(super) fn inboxes_counted(&self, shell: &Shell) -> String {
        let number = u64::try_from(self.inboxes.len()).unwrap_or(u64::MAX);
        count(number, ["редакция", "редакции", "редакций"], ["desk", "desks"], shell.language)
    }

    /// What is asked before it goes out.
    pub(super) fn question(&self, shell: &Shell) -> String {
        let (receivers, inboxes) = (self.receivers_counted(shell), self.inboxes_counted(shell));
        format!(
            "{} {receivers}; {} {inboxes}. {}",
            shell.t(
                "Опровержение появится на сайте и в лентах. Рассылка:",
                "The notice appears on the site and in the feeds. Sent to:"
            ),
            shell.t("во «Входящие»:", "into inboxes:"),
            shell.t("Опубликовать?", "Publish?")
        )
    }
}

fn words(channel: Channel, number: u32, shell: &Shell) -> String {
    let name = shell.say(channel.text());
    if number == 1 { name.to_owned() } else { format!("{name} × {number}") }
}
