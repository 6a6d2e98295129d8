//! What stands around every page.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::language::Language;
use podlinnik_domain::original::PartialDate;
use podlinnik_domain::people::Role;
use podlinnik_domain::region::Region;
use podlinnik_report::ReportError;

use super::preferences::{self, Theme};
use super::visitor::Visitor;
use super::wording;
use super::zone::{Reading, Zone};
use crate::content::OwnPage;
use crate::extract::caller_language;
use crate::problem::Problem;
use crate::state::AppState;

/// Everything comes from here, no script and no style stands inside a page, nothing of ours is framed by others.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; \
                      font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where in the navigation a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Board,
    Submit,
    Notices,
    Inbox,
    Library,
    Figures,
    Admin,
    Account,
    Public,
}

/// An entry of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) address: &'static str,
    pub(crate) name: &'static str,
    pub(crate) here: bool,
}

/// The frame of a page: who looks at it, in which language and colours, and where in the navigation it stands.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    pub(crate) language: Language,
    pub(crate) theme: Theme,
    pub(crate) zone: Zone,
    pub(crate) visitor: Option<Visitor>,
    pub(crate) section: Section,
    /// Path and parameters, without those that set preferences.
    here: String,
    /// What has just been done, told once.
    done: Option<&'static str>,
}

/// Reader and place, taken from the request; becomes a [`Shell`] with [`Reader::shell`].
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) language: Language,
    pub(crate) zone: Zone,
    theme: Theme,
    here: String,
    done: Option<String>,
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let parameter =
            |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter(|pair| !matches!(pair.split('=').next(), Some("lang" | "theme" | "zone" | "done")))
            .collect();
        let path = parts.uri.path();
        Ok(Self {
            language: caller_language(parts.uri.query(), &parts.headers),
            theme: parameter("theme")
                .and_then(|code| code.parse().ok())
                .unwrap_or_else(|| Theme::of(&parts.headers)),
            zone: parameter("zone")
                .and_then(|code| code.parse().ok())
                .unwrap_or_else(|| preferences::zone(&parts.headers)),
            here: if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) },
            done: parameter("done").map(str::to_owned),
        })
    }
}

impl Reader {
    /// How times are read.
    pub(crate) const fn reading(&self) -> Reading {
        Reading { language: self.language, zone: self.zone }
    }

    /// The frame for a page of `section`.
    pub(crate) fn shell(self, visitor: Option<Visitor>, section: Section) -> Shell {
        let done = self.done.as_deref().and_then(|code| wording::done(code, self.language));
        let Self { language, theme, zone, here, .. } = self;
        Shell { language, theme, zone, visitor, section, here, done }
    }
}

impl Shell {
    /// How times are read.
    pub(crate) const fn reading(&self) -> Reading {
        Reading { language: self.language, zone: self.zone }
    }

    /// The name of the reader's time zone.
    pub(crate) const fn zone_name(&self) -> &'static str {
        self.zone.name(self.language)
    }

    /// The one of two sentences that the reader understands.
    pub(crate) fn t<'a>(&self, russian: &'a str, english: &'a str) -> &'a str {
        match self.language {
            Language::Russian => russian,
            Language::English => english,
        }
    }

    /// The same for texts of the program, to be kept.
    pub(crate) const fn t_static(&self, russian: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::Russian => russian,
            Language::English => english,
        }
    }

    /// A text of the trade in the reader's language.
    pub(crate) fn say(&self, text: podlinnik_domain::language::Text) -> &'static str {
        text.in_language(self.language)
    }

    /// A date that is known more or less exactly, in the reader's language.
    pub(crate) fn written(&self, date: &PartialDate) -> String {
        date.in_words(self.language)
    }

    /// The name of a region.
    pub(crate) fn region<'a>(&self, region: &'a Region) -> &'a str {
        region.name(self.language)
    }

    /// Where an asset is found.
    pub(crate) fn asset(&self, name: &str) -> String {
        super::assets::address(name)
    }

    /// The token that every form carries; empty where nobody is signed in.
    pub(crate) fn csrf(&self) -> &str {
        self.visitor.as_ref().map_or("", |visitor| &visitor.csrf)
    }

    /// Whether somebody with one of these roles looks.
    pub(crate) fn has(&self, roles: &[Role]) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| roles.iter().any(|role| visitor.is(*role)))
    }

    /// Whether the page is for everybody.
    pub(crate) fn is_public(&self) -> bool {
        self.section == Section::Public
    }

    /// What has just been done, if anything.
    pub(crate) fn done(&self) -> Option<&'static str> {
        self.done
    }

    /// This page in the other language.
    pub(crate) fn other_language(&self) -> (String, &'static str, &'static str) {
        match self.language {
            Language::Russian => (self.here_with("lang=en"), "en", "In English"),
            Language::English => (self.here_with("lang=ru"), "ru", "По-русски"),
        }
    }

    /// This page in other colours.
    pub(crate) fn other_theme(&self) -> (String, &'static str) {
        match self.theme {
            Theme::Auto => (self.here_with("theme=dark"), self.t("Тёмное оформление", "Dark colours")),
            Theme::Dark => (self.here_with("theme=light"), self.t("Светлое оформление", "Light colours")),
            Theme::Light => {
                (self.here_with("theme=auto"), self.t("Оформление как в системе", "Colours of the system"))
            }
        }
    }

    fn here_with(&self, parameter: &str) -> String {
        let joint = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{joint}{parameter}", self.here)
    }

    /// The navigation for whoever looks.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let all: [(Section, &'static str, &'static str, &'static str, &'static [Role]); 7] = [
            (Section::Board, "/desk", "Доска", "Board", &[]),
            (Section::Submit, "/desk/submit", "Прислать", "Submit", &[]),
            (Section::Notices, "/desk/notices", "Опровержения", "Notices", DESK),
            (Section::Inbox, "/desk/inbox", "Входящие", "Inbox", &[]),
            (Section::Library, "/desk/archive", "Оригиналы", "Originals", DESK),
            (Section::Figures, "/desk/situation", "Обстановка", "Situation", LEADERSHIP),
            (Section::Admin, "/desk/admin", "Управление", "Administration", &[Role::OrgAdmin, Role::Auditor]),
        ];
        if self.visitor.is_none() {
            return Vec::new();
        }
        all.into_iter()
            .filter(|(.., roles)| roles.is_empty() || self.has(roles))
            .map(|(section, address, russian, english, _)| Entry {
                address,
                name: self.t(russian, english),
                here: section == self.section,
            })
            .collect()
    }
}

/// Who works on cases and notices.
pub(crate) const DESK: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::Auditor];
/// Who looks at the whole.
const LEADERSHIP: &[Role] = &[Role::Approver, Role::CorrectionsOfficer, Role::OrgAdmin, Role::Auditor];

/// Renders a page.
pub(crate) fn show(page: &impl Template, language: Language) -> Result<Response, Problem> {
    show_with(StatusCode::OK, page, language)
}

/// Renders a page that goes out with another status; what is typed on it stays.
pub(crate) fn show_with(
    status: StatusCode,
    page: &impl Template,
    language: Language,
) -> Result<Response, Problem> {
    let html = page.render().map_err(ReportError::from)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (CONTENT_LANGUAGE, HeaderValue::from_static(language.code())),
        (VARY, HeaderValue::from_static("accept-language, cookie, hx-request")),
    ];
    let mut response = (status, headers, html).into_response();
    response.extensions_mut().insert(OwnPage);
    Ok(response)
}

/// Sends the browser on after something was done; `done` is told there once (see [`wording::done`]).
pub(crate) fn go_on(address: &str, done: &str) -> Response {
    let joint = if address.contains('?') { '&' } else { '?' };
    let (path, fragment) = address.split_once('#').map_or((address, ""), |(path, mark)| (path, mark));
    let mark = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    let address =
        if done.is_empty() { format!("{path}{mark}") } else { format!("{path}{joint}done={done}{mark}") };
    axum::response::Redirect::to(&address).into_response()
}
