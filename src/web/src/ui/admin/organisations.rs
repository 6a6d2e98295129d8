//! `/desk/admin/organisations`: the branch as a tree, and one more below it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::language::Text;
use podlinnik_domain::people::{Organisation, OrganisationLevel, Role};

use super::frame::{Place, Tab, admit, tabs};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::count;

/// Steps of indentation that the style sheet knows.
const DEEPEST: usize = 4;

/// An organisation of the tree with its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    depth: usize,
    organisation: Organisation,
    people: u64,
}

#[derive(Template)]
#[template(path = "admin/organisations.html")]
struct OrganisationsPage {
    shell: Shell,
    tabs: Vec<Tab>,
    refusal: Option<Refusal>,
    typed: Fields,
    nodes: Vec<Node>,
    may_add: bool,
}

impl OrganisationsPage {
    fn people(&self, node: &Node) -> String {
        count(node.people, ["человек", "человека", "человек"], ["person", "people"], self.shell.language)
    }

    fn levels(&self) -> impl Iterator<Item = OrganisationLevel> {
        OrganisationLevel::ALL.iter().copied().filter(|level| *level != OrganisationLevel::Federal)
    }

    fn wrong(&self, field: &str) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.names(field))
    }

    /// The same for an identifier.
    fn is_id(&self, name: &str, id: &OrganisationId) -> bool {
        self.typed.get(name) == id.to_string()
    }

    fn is_typed(&self, name: &str, value: &str) -> bool {
        self.typed.get(name) == value
    }
}

/// The tree, each organisation before those below it; one whose parent is out of sight stands at the top.
fn tree(all: Vec<Organisation>, people: &BTreeMap<OrganisationId, u64>) -> Vec<Node> {
    let mut below: BTreeMap<Option<OrganisationId>, Vec<Organisation>> = BTreeMap::new();
    let known: Vec<OrganisationId> = all.iter().map(|one| one.id).collect();
    for one in all {
        below.entry(one.parent.filter(|parent| known.contains(parent))).or_default().push(one);
    }
    let mut nodes = Vec::new();
    let mut waiting: Vec<(usize, Organisation)> = Vec::new();
    let mut push = |waiting: &mut Vec<(usize, Organisation)>, parent, depth| {
        let children = below.remove(&parent).unwrap_or_default();
        waiting.extend(children.into_iter().rev().map(|one| (depth, one)));
    };
    push(&mut waiting, None, 0);
    while let Some((depth, organisation)) = waiting.pop() {
        push(&mut waiting, Some(organisation.id), depth + 1);
        let people = people.get(&organisation.id).copied().unwrap_or_default();
        nodes.push(Node { depth: depth.min(DEEPEST), organisation, people });
    }
    nodes
}

/// `GET /desk/admin/organisations`
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let language = reader.language;
    show(&gather(&state, visitor, reader, None, Fields::default()).await?, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    refusal: Option<Refusal>,
    typed: Fields,
) -> Result<OrganisationsPage, Problem> {
    let organisations = state.service.organisations_in_sight(&visitor.actor).await?;
    let mut people = BTreeMap::new();
    for entry in state.service.people(&visitor.actor).await? {
        if entry.user.disabled_at.is_none() {
            *people.entry(entry.user.organisation).or_default() += 1;
        }
    }
    let may_add = visitor.is(Role::OrgAdmin);
    let shell = reader.shell(Some(visitor), Section::Admin);
    let nodes = tree(organisations, &people);
    Ok(OrganisationsPage { tabs: tabs(&shell, Place::Organisations), refusal, typed, nodes, may_add, shell })
}

/// `POST /desk/admin/organisations`
pub(super) async fn create(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    match add(&state, &visitor, &fields).await {
        Ok(()) => Ok(go_on("/desk/admin/organisations", "organisation_added")),
        Err(problem) => {
            let (status, language) = (problem.status(), reader.language);
            let refusal = if problem.code() == ErrorCode::Conflict {
                let text = Text {
                    ru: "Организация с таким кодом уже есть.",
                    en: "There is an organisation with this code already.",
                };
                Refusal::saying(text, language)
            } else {
                Refusal::of(problem, language)?
            };
            let page = gather(&state, visitor, reader, Some(refusal), fields).await?;
            show_with(status, &page, language)
        }
    }
}

async fn add(state: &AppState, visitor: &Visitor, fields: &Fields) -> Result<(), Problem> {
    let parent: OrganisationId = fields.parsed("parent", "an organisation that stands higher in the tree")?;
    let level: OrganisationLevel = fields.parsed("level", "a level")?;
    let (code, ru, en) = (fields.get("code"), fields.get("name_ru"), fields.get("name_en"));
    state.service.organisation_add(Some(&visitor.actor), code, level, ru, en, Some(parent)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::id::{IdSource as _, RandomIds};

    use super::*;

    #[test]
    fn the_tree_is_walked_from_the_top_and_loses_nobody() {
        let one = |code: &str, parent| Organisation {
            id: RandomIds.next().into(),
            code: code.to_owned(),
            level: OrganisationLevel::Region,
            name_ru: String::new(),
            name_en: String::new(),
            parent,
        };
        let top = one("top", None);
        let (a, b) = (one("a", Some(top.id)), one("b", Some(top.id)));
        let town = one("town", Some(a.id));
        let stray = one("stray", Some(RandomIds.next().into()));
        let all = vec![a.clone(), b, stray, top, town];
        let people = BTreeMap::from([(a.id, 3)]);
        let nodes = tree(all, &people);
        let shape: Vec<_> = nodes.iter().map(|node| (node.organisation.code.as_str(), node.depth)).collect();
        assert_eq!(shape, [("stray", 0), ("top", 0), ("a", 1), ("town", 2), ("b", 1)]);
        assert_eq!(nodes[2].people, 3);
    }
}
