//! The programming interface. A published version only grows.

mod v1;

pub(crate) use v1::{routes, upload_routes};
