//! `limit` and `after` of a list without filters.

use axum::extract::FromRequestParts;
use http::request::Parts;
use metier_core::PageRequest;
use serde::Deserialize;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::{Query, list};
use crate::Problem;

/// Which page of a list is wanted. Other parameters are left to others.
#[derive(Clone, Debug)]
pub struct PageQuery(pub PageRequest);

#[derive(Deserialize)]
struct Wish {
    limit: Option<u32>,
    after: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(Wish { limit, after }) = Query::from_request_parts(parts, state).await?;
        Ok(Self(PageRequest::parse(limit, after)?))
    }
}

impl IntoParams for PageQuery {
    fn into_params(_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list::page_parameters()
    }
}
