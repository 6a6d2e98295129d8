//! How the types stand in the API document (OpenAPI 3.1, through utoipa).

pub use utoipa::openapi::{RefOr, schema::Schema};
pub use utoipa::{PartialSchema, ToSchema};

/// The schema of an enum that is written as one of `codes`.
pub fn text_enum(codes: &'static [&'static str]) -> RefOr<Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(codes.iter().copied()))
        .into()
}
