//! A request as OpenAPI describes it.

use utoipa::ToSchema;

/// A GraphQL request.
#[derive(ToSchema)]
#[schema(as = GraphqlRequest)]
#[expect(dead_code, reason = "describes a type of a crate that knows no OpenAPI")]
pub struct RequestBody {
    /// The document.
    #[schema(example = "{ __typename }")]
    query: String,
    /// Which operation of the document.
    #[schema(rename = "operationName")]
    operation_name: Option<String>,
    /// Values for its variables.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}
