//! A line of a table: what is asked, who may, from where, about what.

use podlinnik_domain::people::Role;

use super::crowd::{Place, letter};

/// How far a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Anybody, without an account.
    Public,
    /// Whoever has the role, wherever: nothing of one region alone is in the answer.
    Any,
    /// Answers whoever has the role, and names the thing only to those who see its region.
    List,
    /// The thing's region and whoever stands above it; auditors everywhere, where they may at all. Elsewhere there is no such thing.
    Branch,
    /// The thing's own organisation alone.
    House,
    /// The person alone whose it is: whoever has the named role in the thing's region.
    Owner,
    /// Whoever may learns that there is no such thing in this installation.
    Absent,
}

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) verb: String,
    pub(crate) path: String,
    who: String,
    pub(crate) reach: Reach,
    /// What is asked about, made by [`super::things::Things`].
    pub(crate) thing: String,
    /// What somebody of the region is told who has not the role.
    pub(crate) refusal: u16,
    /// Keys that are limited to some roles are refused: whoever holds one would only have to make another.
    pub(crate) unlimited: bool,
    /// Role of the region's person whose the thing is, beside those who may.
    owner: Option<char>,
    /// The request is one that is refused for its content: what counts is that it gets there.
    pub(crate) tried: bool,
}

impl Row {
    /// `VERB path | roles | reach | thing | notes`: roles by their letters, `*` for all; notes are `404` (for those without
    /// the role), `unlimited`, `tried`, and `owner` with the letter of whose it is.
    pub(crate) fn all(table: &str) -> Vec<Self> {
        let lines = table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| Self::read(line).unwrap_or_else(|| panic!("not a row: {line}"))).collect()
    }

    fn read(line: &str) -> Option<Self> {
        let mut cells = line.split('|').map(str::trim);
        let (verb, path) = cells.next()?.split_once(' ')?;
        let who = match cells.next()? {
            "*" => "saevcpou",
            letters => letters,
        };
        let reach = match cells.next()? {
            "public" => Reach::Public,
            "any" => Reach::Any,
            "list" => Reach::List,
            "branch" => Reach::Branch,
            "house" => Reach::House,
            "owner" => Reach::Owner,
            "absent" => Reach::Absent,
            _ => return None,
        };
        let thing = cells.next()?.to_owned();
        let notes = cells.next().unwrap_or_default();
        Some(Self {
            verb: verb.to_owned(),
            path: path.trim().to_owned(),
            who: who.to_owned(),
            reach,
            thing,
            refusal: if notes.contains("404") { 404 } else { 403 },
            unlimited: notes.contains("unlimited"),
            owner: notes.split_once("owner ").and_then(|(_, rest)| rest.chars().next()),
            tried: notes.contains("tried"),
        })
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.verb, self.path)
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.who.contains(letter(role))
    }

    /// Whether somebody in `role` at `place` gets what they ask for. `limited`: by a key for that role alone of somebody who has all.
    pub(crate) fn allows(&self, role: Role, place: Place, limited: bool) -> bool {
        match self.reach {
            Reach::Public => true,
            _ if limited && self.unlimited => false,
            Reach::Any | Reach::List | Reach::Absent => self.has(role),
            _ if self.owner == Some(letter(role)) && place == Place::Own && !limited => true,
            Reach::Branch => self.has(role) && (place != Place::Other || role == Role::Auditor),
            Reach::House => self.has(role) && place == Place::Own,
            Reach::Owner => self.has(role) && place == Place::Own && !limited,
        }
    }

    /// Whether the request only reads.
    pub(crate) fn reads(&self) -> bool {
        matches!(self.verb.as_str(), "GET" | "HEAD" | "OPTIONS")
    }
}
