//! The whole examination over synthetic events, and the rules that every method has to keep.

mod examination;
mod fusion;
mod real_models;
mod registry;
