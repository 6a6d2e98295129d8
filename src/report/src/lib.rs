//! One report as JSON, HTML, Atom; no database.
