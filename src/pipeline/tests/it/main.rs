//! The use cases through their public door, on SQLite and a real blob folder, with a stand-in for the models.

mod access;
mod accounts;
mod archive;
mod bucket;
mod decisions;
mod deliveries;
mod guards;
mod intake;
mod library;
mod links;
mod people;
mod posts;
mod recall;
mod site;
mod support;
mod uploads;
mod worker;
