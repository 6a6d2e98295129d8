//! The programming interface. A published version only grows.

pub(crate) mod v1;

pub(crate) use v1::{routes, upload_routes};
