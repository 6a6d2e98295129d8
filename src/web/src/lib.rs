//! HTTP: the API, problems, sessions, OpenAPI, metrics.
