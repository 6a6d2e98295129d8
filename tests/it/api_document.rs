//! The API document: a snapshot, and a check that it tells all and nothing but the truth.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::on_each_engine;
use crate::support::contract::{document, operations};

#[test]
fn the_document_changes_only_knowingly() {
    insta::assert_json_snapshot!("openapi", document(), { ".info.version" => "[version]" });
}

#[test]
fn every_operation_is_complete() {
    let mut identifiers = BTreeSet::new();
    for (path, method, operation) in operations() {
        let what = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(identifiers.insert(id), "{what}: operation id `{id}` is missing or taken");
        assert!(operation["summary"].is_string(), "{what} has no summary");
        assert!(operation["tags"][0].is_string(), "{what} has no tag");
        let responses = operation["responses"].as_object().unwrap();
        for needed in ["500", "503"] {
            assert!(responses.contains_key(needed), "{what} does not announce {needed}");
        }
        let public = operation["security"] == json!([{}]);
        assert_eq!(!public, responses.contains_key("401"), "{what}: 401 exactly where a token is needed");
        for (status, response) in responses {
            let content = response["content"].as_object();
            let json = content.and_then(|content| content.get("application/json"));
            assert!(
                json.is_none_or(|json| json.get("example").is_some()),
                "{what} has no example for {status} in openapi/examples.json"
            );
            if status.starts_with(['4', '5']) {
                let problem = &response["content"]["application/problem+json"];
                assert!(problem["examples"].is_object(), "{what} has no examples for {status}");
            }
        }
        let body = &operation["requestBody"]["content"];
        assert!(
            body.get("application/json").is_none_or(|json| json.get("example").is_some()),
            "{what} has no example of its request in openapi/examples.json"
        );
    }
    assert!(identifiers.len() > 35, "only {} operations", identifiers.len());
    assert_eq!(document()["openapi"], "3.1.0");
}

#[test]
fn examples_are_true_to_their_schemas() {
    let mut checked = 0;
    for (path, method, operation) in operations() {
        let responses = operation["responses"].as_object().unwrap().values();
        let contents =
            responses.chain([&operation["requestBody"]]).map(|one| &one["content"]["application/json"]);
        for content in contents.filter(|content| content.get("example").is_some()) {
            if let Err(wrong) = fits(&content["schema"], &content["example"]) {
                panic!("{method} {path}: {wrong}");
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} examples");
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}});
    assert!(
        fits(&schema, &json!({"a": 1})).is_err() && fits(&schema, &json!({})).is_err(),
        "the check checks"
    );
}

/// Whether a value has the types, the choices and the required fields of a schema.
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(document().pointer(reference.trim_start_matches('#')).unwrap(), value);
    }
    schema["allOf"].as_array().into_iter().flatten().try_for_each(|part| fits(part, value))?;
    if let Some(choices) = schema["oneOf"].as_array()
        && !choices.iter().any(|choice| fits(choice, value).is_ok())
    {
        return Err(format!("{value} fits none of the choices"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let named: Vec<_> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !named.is_empty()
        && !named.iter().any(|name| *name == kind || (*name == "number" && kind == "integer"))
    {
        return Err(format!("{value} is no {named:?}"));
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        return Err(format!("{value} is none of {choices:?}"));
    }
    if let Value::Object(fields) = value {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                return Err(format!("`{name}` is missing"));
            }
        }
        for (name, value) in fields {
            if let Some(property) = schema["properties"].get(name) {
                fits(property, value).map_err(|wrong| format!("{name}: {wrong}"))?;
            }
        }
    }
    let Some(schema) = schema.get("items") else { return Ok(()) };
    value.as_array().into_iter().flatten().try_for_each(|item| fits(schema, item))
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let mut references = Vec::new();
    walk(document(), &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(document().pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_documented_path_answers_and_asks_for_a_token() {
    on_each_engine(async |app| {
        let served = app.get("/api/v1/openapi.json").expect(200).await;
        assert_eq!(&served.json(), document(), "what is served is what is tested");
        for (path, method, operation) in operations() {
            let public = operation["security"] == json!([{}]);
            let method: Method = method.to_uppercase().parse().unwrap();
            let digest = "ab".repeat(32);
            let path = path
                .replace("{sha256}", &digest)
                .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
                .replace("{name}", "frame-000.png")
                .replace("{delivery}", "01890a5d-ac96-774b-bcce-b302099a8057")
                .replace("{code}", "internal");
            let path = format!("{path}{}", needed_parameters(operation));
            let reply = app.call(method.clone(), &path).send().await;
            if method == Method::HEAD {
                assert_eq!(reply.status, 401, "HEAD {path} has no body to look into");
                continue;
            }
            let code = if reply.status < 400 { String::new() } else { reply.field("/code") };
            if public {
                let harmless = ["", "not_found", "unsupported_media_type"];
                assert!(harmless.contains(&code.as_str()), "{method} {path}: {}", reply.text());
            } else {
                assert_eq!(code, "unauthenticated", "{method} {path}: {}", reply.text());
            }
            assert_ne!(reply.status, 405, "{method} {path}");
        }
    })
    .await;
}

/// The query that an operation cannot do without, with its examples.
fn needed_parameters(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
    let pairs: Vec<_> = needed
        .map(|one| {
            let value = &one["example"];
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{}={value}", one["name"].as_str().unwrap())
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// Routes come into being through `routes!`, which puts them into the document. The admin port is no part of it.
#[test]
fn every_route_is_documented() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/src");
    let mut folders = vec![root.clone()];
    let mut undocumented = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let ways = [".route(", ".route_service(", ".nest_service(", ".nest("];
                let count: usize = ways.iter().map(|way| text.matches(way).count()).sum();
                let file = path.strip_prefix(&root).unwrap().display().to_string();
                undocumented.extend(std::iter::repeat_n(file, count));
            }
        }
    }
    undocumented.sort();
    assert_eq!(undocumented, ["admin.rs"], "use `routes!`");
}
