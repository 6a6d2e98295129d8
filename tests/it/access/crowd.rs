//! Everybody who asks: each role alone, at three places of the tree, and keys of one role each of somebody who has all.

use podlinnik_domain::people::Role;
use podlinnik_pipeline::KeyWish;

use super::ask::By;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::people::Person;

/// Where somebody belongs, seen from the things of the tables, which are the region `RU-TAM`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Own,
    Other,
    Above,
}

/// The letter of a role in the tables.
pub(crate) const fn letter(role: Role) -> char {
    match role {
        Role::Submitter => 's',
        Role::Analyst => 'a',
        Role::Editor => 'e',
        Role::Approver => 'v',
        Role::CorrectionsOfficer => 'c',
        Role::Partner => 'p',
        Role::OrgAdmin => 'o',
        Role::Auditor => 'u',
    }
}

/// Somebody with one role.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    pub(crate) role: Role,
    pub(crate) place: Place,
    /// By a key for this role alone, of somebody who has every role.
    pub(crate) limited: bool,
    pub(crate) person: Person,
    pub(crate) browser: Option<Browser<'a>>,
    /// What the forms of the session carry.
    pub(crate) token: String,
}

impl Member<'_> {
    pub(crate) fn name(&self) -> String {
        format!("{}{:?}/{}", if self.limited { "a key of " } else { "" }, self.place, self.role.code())
    }
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Crowd<'a>(pub(crate) Vec<Member<'a>>);

impl<'a> Crowd<'a> {
    pub(crate) async fn settle(app: &'a TestApp, by: By) -> Self {
        let people = &app.people;
        let places = [
            (Place::Own, people.analyst.user.organisation),
            (Place::Other, people.stranger.user.organisation),
            (Place::Above, people.auditor.user.organisation),
        ];
        let mut all = Vec::new();
        for (place, organisation) in places {
            for role in Role::ALL.iter().copied() {
                let login = format!("{place:?}-{}", role.code().replace('_', "-")).to_lowercase();
                let user =
                    app.service.user_add(None, organisation, &login, &login, &[role]).await.expect("a user");
                let token =
                    app.service.token_issue(None, user.id, "access", None).await.expect("a key").secret;
                let person = Person { user, token };
                let browser = match by {
                    By::Key => None,
                    By::Session => Some(Browser::of(app, &person).await),
                };
                let token = match &browser {
                    Some(browser) => browser.token().await,
                    None => String::new(),
                };
                all.push(Member { role, place, limited: false, person, browser, token });
            }
        }
        if by == By::Key {
            let organisation = people.analyst.user.organisation;
            let every = app
                .service
                .user_add(None, organisation, "every-role", "every-role", Role::ALL)
                .await
                .expect("a user");
            for role in Role::ALL.iter().copied() {
                let wish =
                    KeyWish { label: role.code().to_owned(), scopes: Some(vec![role]), ..KeyWish::default() };
                let token = app.service.key_issue(None, every.id, wish).await.expect("a key").secret;
                let person = Person { user: every.clone(), token };
                let (place, browser, token) = (Place::Own, None, String::new());
                all.push(Member { role, place, limited: true, person, browser, token });
            }
        }
        Self(all)
    }

    /// Whoever has the role in the region.
    pub(crate) fn own(&self, role: Role) -> &Person {
        let found = self.0.iter().find(|one| one.place == Place::Own && one.role == role && !one.limited);
        &found.expect("every role has somebody").person
    }
}
