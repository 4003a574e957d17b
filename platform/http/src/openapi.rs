//! Completes a service's API description with what the shared edge adds to every operation.

use http::Method;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, OpenApi, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use crate::problem::{MEDIA_TYPE, ProblemBody, ViolationBody};

/// Name of the scheme for a token or API key in the `Authorization` header.
pub const BEARER: &str = "bearer";
/// Name of the scheme for the console's cookie.
pub const COOKIE: &str = "cookie";
/// Name of the cookie that carries a browser's access token.
pub const COOKIE_NAME: &str = "metier_session";

const ANY_REQUEST: [(&str, &str); 5] = [
    ("429", "Too many requests; see Retry-After"),
    ("500", "Our own fault; details are in the log under the correlation id"),
    ("503", "Away or overloaded; see Retry-After"),
    ("504", "Took too long"),
    ("default", "Any other error"),
];

/// Adds the `Problem` schema, the security schemes, and to each operation the errors it can answer with. What
/// an operation says itself is kept: `security(())` makes it open, a response of its own stays.
pub fn finish(mut api: OpenApi) -> OpenApi {
    let components = api.components.get_or_insert_default();
    components.schemas.insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components.schemas.insert(ViolationBody::name().into_owned(), ViolationBody::schema());
    components.security_schemes.extend(schemes());
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        let rights = rights(operation);
        let open = rights.is_none();
        if let Some(rights) = rights {
            operation.security = Some(signed_in(&rights));
        }
        for (status, about) in errors(operation, open) {
            operation
                .responses
                .responses
                .entry(status.to_owned())
                .or_insert_with(|| RefOr::T(problem(about)));
        }
    }
    api
}

fn schemes() -> [(String, RefOr<SecurityScheme>); 2] {
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE_NAME)));
    [(BEARER.to_owned(), RefOr::T(bearer)), (COOKIE.to_owned(), RefOr::T(cookie))]
}

/// Either way to be somebody, with the same rights.
fn signed_in(rights: &[String]) -> Vec<SecurityRequirement> {
    let by = |scheme: &str| SecurityRequirement::new(scheme, rights);
    vec![by(BEARER), by(COOKIE)]
}

/// The rights an operation says its callers need besides being somebody; `None` when it is open to everybody.
pub(crate) fn rights(operation: &Operation) -> Option<Vec<String>> {
    let security = operation.security.as_deref().unwrap_or_default();
    if security.contains(&SecurityRequirement::default()) {
        return None;
    }
    // What a requirement holds is told by its JSON alone.
    let said = security.iter().filter_map(|one| serde_json::to_value(one).ok()?.get(BEARER).cloned());
    Some(said.filter_map(|rights| serde_json::from_value::<Vec<String>>(rights).ok()).flatten().collect())
}

/// Every operation, with its path and method.
pub(crate) fn operations_of(api: &OpenApi) -> impl Iterator<Item = (&str, Method, &Operation)> {
    api.paths.paths.iter().flat_map(|(path, item)| {
        let all = [
            (Method::GET, &item.get),
            (Method::PUT, &item.put),
            (Method::POST, &item.post),
            (Method::DELETE, &item.delete),
            (Method::PATCH, &item.patch),
        ];
        all.into_iter().filter_map(|(method, operation)| Some((path.as_str(), method, operation.as_ref()?)))
    })
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, head, options, trace, .. } = item;
    [get, put, post, delete, patch, head, options, trace].into_iter().flatten()
}

fn errors(operation: &Operation, open: bool) -> Vec<(&'static str, &'static str)> {
    let parameter = |wanted: ParameterIn| {
        let parameters = operation.parameters.iter().flatten();
        parameters.into_iter().any(|one| matches!(one, RefOr::T(one) if one.parameter_in == wanted))
    };
    let (body, path) = (operation.request_body.is_some(), parameter(ParameterIn::Path));
    let takes_input = body || path || parameter(ParameterIn::Query) || parameter(ParameterIn::Header);
    let condition = named(operation, "If-Match");
    let groups: [(bool, &[_]); 5] = [
        (takes_input, &[("400", "The request is wrong; see violations")]),
        (!open, &[("401", "Nobody is signed in"), ("403", "Not allowed")]),
        (path, &[("404", "Does not exist, or may not be seen")]),
        (condition, &[("412", "`stale_version`: it has changed since"), ("428", "`precondition_required`")]),
        (body, &[("413", "The body is too large"), ("415", "The body is not JSON")]),
    ];
    let applying = groups.into_iter().filter(|(applies, _)| *applies).flat_map(|(_, errors)| errors);
    applying.copied().chain(ANY_REQUEST).collect()
}

fn named(operation: &Operation, parameter: &str) -> bool {
    let parameters = operation.parameters.iter().flatten();
    parameters.into_iter().any(|one| matches!(one, RefOr::T(one) if one.name.eq_ignore_ascii_case(parameter)))
}

fn problem(about: &str) -> Response {
    let schema = Ref::from_schema_name(ProblemBody::name());
    ResponseBuilder::new().description(about).content(MEDIA_TYPE, Content::new(Some(schema))).build()
}
