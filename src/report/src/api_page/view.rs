//! The OpenAPI document in the order in which the page shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::{Part, choices, kind, limits, referred, shown};

/// Operations of one noun.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) tag: String,
    pub(super) operations: Vec<Operation>,
}

/// One path with one method.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: Vec<Run>,
    pub(super) more: Vec<Vec<Run>>,
    /// Whether it needs no token.
    pub(super) open: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) request: Vec<Body>,
    pub(super) answers: Vec<Answer>,
    /// By status.
    pub(super) problems: Vec<(String, Vec<String>)>,
}

/// Text, or code between backticks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) code: bool,
}

/// A parameter in the path, the query or a header.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) place: String,
    pub(super) field: Field,
}

/// A named value.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) kind: Vec<Part>,
    pub(super) limits: Vec<String>,
    pub(super) choices: Vec<String>,
    pub(super) description: Vec<Run>,
    pub(super) example: Option<String>,
}

/// A body in one media type.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) media_type: String,
    pub(super) kind: Vec<Part>,
    pub(super) example: Option<String>,
}

/// What comes back when all is well.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) description: Vec<Run>,
    pub(super) headers: Vec<(String, Vec<Run>)>,
    pub(super) bodies: Vec<Body>,
}

/// A schema with a name.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) description: Vec<Run>,
    pub(super) kind: Vec<Part>,
    pub(super) limits: Vec<String>,
    pub(super) choices: Vec<String>,
    pub(super) fields: Vec<Field>,
}

/// Everything on the page.
#[derive(Debug)]
pub(super) struct Handbook {
    pub(super) groups: Vec<Group>,
    pub(super) schemas: Vec<Schema>,
}

impl Handbook {
    /// Groups in the order of `order`, then those that it does not name.
    pub(super) fn new(document: &Value, order: &[&str]) -> Self {
        let mut by_tag: BTreeMap<(usize, String), Vec<Operation>> = BTreeMap::new();
        for (path, item) in entries(document, "paths") {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other");
                let place = order.iter().position(|known| *known == tag).unwrap_or(order.len());
                let shown = Operation::new(path, method, operation);
                by_tag.entry((place, tag.to_owned())).or_default().push(shown);
            }
        }
        let groups = by_tag.into_iter().map(|((_, tag), operations)| Group { tag, operations }).collect();
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let schemas = schemas.into_iter().flatten();
        Self { groups, schemas: schemas.map(|(name, schema)| Schema::new(name, schema, document)).collect() }
    }
}

fn entries<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Operation {
    fn new(path: &str, method: &str, operation: &Value) -> Self {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let parameters = parameters
            .map(|one| Parameter {
                place: text(one, "in").to_owned(),
                field: Field::new(
                    text(one, "name"),
                    one.get("schema").unwrap_or(&Value::Null),
                    text(one, "description"),
                    one.get("example"),
                    one.get("required") == Some(&Value::Bool(true)),
                    "",
                ),
            })
            .collect();
        let mut answers = Vec::new();
        let mut problems = Vec::new();
        for (status, response) in entries(operation, "responses") {
            let named = response.pointer("/content/application~1problem+json/examples");
            if let Some(examples) = named.and_then(Value::as_object) {
                problems.push((status.clone(), examples.keys().cloned().collect()));
            } else {
                answers.push(Answer {
                    status: status.clone(),
                    description: runs(text(response, "description")),
                    headers: entries(response, "headers")
                        .map(|(name, header)| (name.clone(), runs(text(header, "description"))))
                        .collect(),
                    bodies: bodies(response),
                });
            }
        }
        let description = text(operation, "description").split("\n\n").filter(|part| !part.trim().is_empty());
        Self {
            id: text(operation, "operationId").to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: runs(text(operation, "summary")),
            more: description.map(runs).collect(),
            open: operation.get("security").is_some_and(|security| *security == serde_json::json!([{}])),
            parameters,
            request: operation.get("requestBody").map(bodies).unwrap_or_default(),
            answers,
            problems,
        }
    }

    /// The path with places where a narrow screen may break it.
    pub(super) fn steps(&self) -> impl Iterator<Item = &str> {
        self.path.split_inclusive('/').filter(|step| !step.is_empty())
    }
}

fn bodies(holder: &Value) -> Vec<Body> {
    entries(holder, "content")
        .map(|(media_type, content)| Body {
            media_type: media_type.clone(),
            kind: kind(content.get("schema").unwrap_or(&Value::Null), ""),
            example: content.get("example").map(|example| match example {
                Value::String(text) => text.clone(),
                other => serde_json::to_string_pretty(other).unwrap_or_default(),
            }),
        })
        .collect()
}

impl Field {
    fn new(
        name: &str,
        schema: &Value,
        description: &str,
        example: Option<&Value>,
        required: bool,
        of: &str,
    ) -> Self {
        Self {
            name: name.to_owned(),
            required,
            kind: kind(schema, of),
            limits: limits(schema),
            choices: choices(schema),
            description: runs(description),
            example: example.or_else(|| schema.get("example")).map(shown),
        }
    }
}

impl Schema {
    fn new(name: &str, schema: &Value, document: &Value) -> Self {
        let mut fields = Vec::new();
        collect(schema, name, document, &mut fields, 0);
        Self {
            name: name.to_owned(),
            description: runs(text(schema, "description")),
            kind: kind(schema, name),
            limits: limits(schema),
            choices: choices(schema),
            fields,
        }
    }
}

/// Fields of a schema and of all that it is put together from.
fn collect(schema: &Value, of: &str, document: &Value, fields: &mut Vec<Field>, depth: u8) {
    if depth > 4 {
        return;
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        let name = referred(part);
        let whole = name.and_then(|name| document.pointer(&format!("/components/schemas/{name}")));
        collect(whole.unwrap_or(part), name.unwrap_or(of), document, fields, depth + 1);
    }
    let needed: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    for (name, property) in entries(schema, "properties") {
        let required = needed.iter().any(|needed| needed.as_str() == Some(name));
        // Beside `null` the description stands with the other choice.
        let choices = property.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let beside = choices.map(|choice| text(choice, "description")).find(|text| !text.is_empty());
        let own = text(property, "description");
        let described = if own.is_empty() { beside.unwrap_or_default() } else { own };
        fields.push(Field::new(name, property, described, None, required, of));
    }
}

/// Parts a text at its backticks.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let parts = text.trim().split('`').enumerate();
    parts
        .filter(|(_, part)| !part.is_empty())
        .map(|(number, part)| Run { text: part.to_owned(), code: number % 2 == 1 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_part_code_from_words() {
        let found = runs("Needs `approver`, else `403`.");
        let code: Vec<_> = found.iter().filter(|run| run.code).map(|run| run.text.as_str()).collect();
        assert_eq!((found.len(), code), (5, vec!["approver", "403"]));
    }
}
