//! Hostile and honest files through the sandboxed reader.

mod hostile;
mod images;
mod sandbox;
mod support;
mod videos;
