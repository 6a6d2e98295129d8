//! What the stories stand on.

pub(crate) mod analyser;
pub(crate) mod app;
pub(crate) mod authority;
pub(crate) mod browser;
pub(crate) mod call;
pub(crate) mod contract;
pub(crate) mod mail;
pub(crate) mod people;
pub(crate) mod scenes;
