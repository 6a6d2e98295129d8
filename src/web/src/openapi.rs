//! The API document (OpenAPI 3.1), made from the code, and how problems stand in it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Language;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::response::{Response as Announced, ResponseBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Info, InfoBuilder, LicenseBuilder, OpenApiBuilder, Ref, RefOr,
    ServerBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::content::briefly_public;
use crate::problem::{FieldProblem, PROBLEM_JSON, Problem, ProblemDocument};
use crate::state::AppState;
use crate::{api, hma, public};

/// Name of the security scheme.
const BEARER: &str = "bearer";

/// Bodies as they look on the wire, by operation and place (`request` or the status); a test keeps them complete and true to the schemas.
const EXAMPLES: &str = include_str!("openapi/examples.json");

/// Makes a type `Problems` for an endpoint's `responses(…)` from the codes that it can answer with.
/// `internal` is everywhere; `caller` adds what every endpoint with a token can answer.
macro_rules! problems {
    (caller $(, $code:ident)* $(,)?) => { $crate::openapi::problems!(Unauthenticated, TokenExpired, Forbidden, RateLimited $(, $code)*); };
    ($($code:ident),* $(,)?) => {
        /// What this endpoint can answer instead.
        struct Problems;

        impl utoipa::IntoResponses for Problems {
            fn responses()
            -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
                $crate::openapi::problem_responses(&[
                    $(podlinnik_domain::error_code::ErrorCode::$code,)*
                    podlinnik_domain::error_code::ErrorCode::Internal,
                    podlinnik_domain::error_code::ErrorCode::NotReady,
                ])
            }
        }
    };
}
pub(crate) use problems;

/// One response per status, one example per code.
pub(crate) fn problem_responses(codes: &[ErrorCode]) -> BTreeMap<String, RefOr<Announced>> {
    group(codes.iter().map(|code| (code.code(), Problem::new(*code))))
}

/// 428 and the rest of what a conditional request can answer.
pub(crate) struct Conditional;

impl utoipa::IntoResponses for Conditional {
    fn responses() -> BTreeMap<String, RefOr<Announced>> {
        group([
            (ErrorCode::PreconditionRequired.code(), Problem::precondition_required()),
            (ErrorCode::StaleRevision.code(), ErrorCode::StaleRevision.into()),
        ])
    }
}

/// 416: a file that is handed out by ranges ends before the range begins.
pub(crate) struct Ranged;

impl utoipa::IntoResponses for Ranged {
    fn responses() -> BTreeMap<String, RefOr<Announced>> {
        let problem = Problem::from_bare_status(StatusCode::RANGE_NOT_SATISFIABLE);
        group([(problem.code().code(), problem.with_field("Range", "bytes that the file has"))])
    }
}

fn group<'a>(problems: impl IntoIterator<Item = (&'a str, Problem)>) -> BTreeMap<String, RefOr<Announced>> {
    let mut by_status: BTreeMap<u16, Vec<(&str, ProblemDocument)>> = BTreeMap::new();
    for (name, problem) in problems {
        let document = problem.document(Language::English, "0199c7a2-6a34-7cc0-9b0e-3f6d5a1c2b4d");
        by_status.entry(document.status).or_default().push((name, document));
    }
    by_status
        .into_iter()
        .map(|(status, documents)| {
            let mut content =
                ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDocument::name())));
            let description =
                documents.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            for (name, document) in documents {
                let example = ExampleBuilder::new().value(serde_json::to_value(document).ok()).build();
                content = content.examples_from_iter([(name, example)]);
            }
            let response =
                ResponseBuilder::new().description(description).content(PROBLEM_JSON, content.build());
            (status.to_string(), RefOr::T(response.build()))
        })
        .collect()
}

/// The router that collects paths, with what the document says of itself.
fn start() -> OpenApiRouter<AppState> {
    let components = ComponentsBuilder::new()
        .security_scheme(
            BEARER,
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("plk_…")
                    .description(Some(
                        "An API key: `podlinnik token issue`, or POST /api/v1/users/{id}/tokens.",
                    ))
                    .build(),
            ),
        )
        .schema(ProblemDocument::name(), ProblemDocument::schema())
        .schema(FieldProblem::name(), FieldProblem::schema())
        .schema(ErrorCode::name(), ErrorCode::schema());
    OpenApiRouter::with_openapi(
        OpenApiBuilder::new()
            .info(info())
            .servers(Some([ServerBuilder::new().url("/").build()]))
            .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>(BEARER, [])]))
            .components(Some(components.build()))
            .build(),
    )
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Podlinnik")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Verification of suspect images, video and sound. Findings come from machines, verdicts and notices from people.\n\n\
             Failures are problems (RFC 9457) with a stable `code`; `title` and `detail` follow `Accept-Language` (ru, en). \
             Every response carries `X-Request-Id`. Times are RFC 3339 in UTC.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build()
}

/// The endpoint that serves the document.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(openapi_document))
}

/// The whole document, with the examples of bodies.
pub fn document() -> serde_json::Value {
    let all = start()
        .merge(api::routes())
        .merge(hma::routes())
        .merge(public::routes())
        .merge(routes())
        .merge(api::upload_routes());
    let examples: serde_json::Value = serde_json::from_str(EXAMPLES).unwrap_or_default();
    let mut document = serde_json::to_value(all.into_openapi()).unwrap_or_default();
    // The router's way of saying "and everything below" is not that of OpenAPI.
    if let Some(paths) = document.get_mut("paths").and_then(serde_json::Value::as_object_mut) {
        let renamed = std::mem::take(paths).into_iter().map(|(path, item)| (path.replace("{*", "{"), item));
        *paths = renamed.collect();
    }
    let paths = document.get_mut("paths").and_then(serde_json::Value::as_object_mut);
    for (_, item) in paths.into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            plain_bytes(operation);
        }
    }
    let operations =
        document.get_mut("paths").and_then(serde_json::Value::as_object_mut).into_iter().flatten();
    for (_, item) in operations {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let Some(given) = operation.get("operationId").and_then(|id| examples.get(id.as_str()?)) else {
                continue;
            };
            for (place, example) in given.as_object().into_iter().flatten() {
                let pointer = match place.as_str() {
                    "request" => "/requestBody/content/application~1json".to_owned(),
                    status => format!("/responses/{status}/content/application~1json"),
                };
                if let Some(content) = operation.pointer_mut(&pointer).and_then(|it| it.as_object_mut()) {
                    content.insert("example".to_owned(), example.clone());
                }
            }
        }
    }
    document
}

/// Bytes are a binary string, where the library says "list of small numbers".
fn plain_bytes(operation: &mut serde_json::Value) {
    let Some(operation) = operation.as_object_mut() else { return };
    let mut holders: Vec<&mut serde_json::Value> = Vec::new();
    for (name, part) in operation {
        match name.as_str() {
            "requestBody" => holders.push(part),
            "responses" => holders.extend(part.as_object_mut().into_iter().flatten().map(|(_, it)| it)),
            _ => {}
        }
    }
    let contents = holders.into_iter().filter_map(|holder| holder.get_mut("content")?.as_object_mut());
    for (kind, described) in contents.flatten() {
        let json = kind.ends_with("json") || kind.starts_with("multipart/");
        let schema = described.get_mut("schema").filter(|schema| !json && schema["type"] == "array");
        if let Some(schema) = schema {
            *schema = serde_json::json!({ "type": "string", "format": "binary" });
        }
    }
}

problems!();

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "operations", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value), Problems))]
pub(crate) async fn openapi_document() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| document().to_string());
    let kind = HeaderValue::from_static("application/json");
    (briefly_public(), [(CONTENT_TYPE, kind)], text.as_str()).into_response()
}
