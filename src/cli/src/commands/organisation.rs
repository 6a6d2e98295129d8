//! `podlinnik organisation add | tree | list`.

use serde_json::json;

use crate::arguments::people::{Listing, Organisation, OrganisationAdd, OrganisationTree};
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::service::organisation;
use crate::settings::FileSettings;

pub(super) fn run(arguments: Organisation, file: &FileSettings) -> Result<Exit, Failure> {
    match arguments {
        Organisation::Add(arguments) => super::block_on(add(arguments, file)),
        Organisation::Tree(arguments) => super::block_on(tree(&arguments, file)),
        Organisation::List(arguments) => super::block_on(list(arguments, file)),
    }
}

async fn add(arguments: OrganisationAdd, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let parent = match &arguments.parent {
        Some(code) => Some(organisation(&service, code).await?.id),
        None => None,
    };
    let added = service
        .organisation_add(
            None,
            &arguments.code,
            arguments.level,
            &arguments.name_ru,
            &arguments.name_en,
            parent,
        )
        .await?;
    output::talk(&format!("added {}", added.code));
    output::data(&added.id.to_string())?;
    Ok(DONE)
}

async fn tree(arguments: &OrganisationTree, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let added = service.organisation_tree().await?;
    for organisation in &added {
        output::data(&organisation.code)?;
    }
    output::talk(&format!("added {}, there are {}", added.len(), service.organisations().await?.len()));
    Ok(DONE)
}

async fn list(arguments: Listing, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let organisations = service.organisations().await?;
    if arguments.json {
        for organisation in &organisations {
            output::data(&json!(organisation).to_string())?;
        }
        return Ok(DONE);
    }
    let rows: Vec<_> = organisations
        .iter()
        .map(|organisation| {
            let above = organisations.iter().find(|other| Some(other.id) == organisation.parent);
            vec![
                organisation.code.clone(),
                organisation.level.code().to_owned(),
                above.map_or_else(|| "-".to_owned(), |above| above.code.clone()),
                organisation.name_ru.clone(),
                organisation.name_en.clone(),
            ]
        })
        .collect();
    output::data(&output::table(&rows))?;
    Ok(DONE)
}
