//! The navigation among the pages of the administration.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::Role;

use crate::problem::Problem;
use crate::ui::shell::Shell;
use crate::ui::visitor::Visitor;

/// A page of the administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    People,
    Organisations,
    Receivers,
    Models,
    Queue,
    Audit,
    Storage,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tab {
    pub(super) address: &'static str,
    pub(super) name: &'static str,
    pub(super) here: bool,
}

/// Who looks at the administration at all.
const MAY_LOOK: &[Role] = &[Role::OrgAdmin, Role::Auditor];

/// Refuses whoever has no business here, before anything is read.
///
/// # Errors
/// `forbidden`.
pub(super) fn admit(visitor: &Visitor) -> Result<(), Problem> {
    if MAY_LOOK.iter().any(|role| visitor.is(*role)) { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
}

/// The navigation for whoever looks. Receivers are the administrators' business alone.
pub(super) fn tabs(shell: &Shell, here: Place) -> Vec<Tab> {
    let all = [
        (Place::People, "/desk/admin", "Люди", "People"),
        (Place::Organisations, "/desk/admin/organisations", "Организации", "Organisations"),
        (Place::Receivers, "/desk/admin/receivers", "Получатели", "Receivers"),
        (Place::Models, "/desk/admin/models", "Модели", "Models"),
        (Place::Queue, "/desk/admin/queue", "Очередь", "Queue"),
        (Place::Audit, "/desk/admin/audit", "Журнал", "History"),
        (Place::Storage, "/desk/admin/storage", "Хранилище", "Storage"),
    ];
    all.into_iter()
        .filter(|(place, ..)| *place != Place::Receivers || shell.has(&[Role::OrgAdmin]))
        .map(|(place, address, russian, english)| Tab {
            address,
            name: shell.t(russian, english),
            here: place == here,
        })
        .collect()
}
