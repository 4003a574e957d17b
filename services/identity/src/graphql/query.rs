//! What can be asked.

use async_graphql::{Context, ID, Object, Result};
use metier_core::{Cursor, Fault, PageRequest};
use metier_graphql::refused;

use super::{caller, model::UserModel, web};
use crate::store::users::Filter;

/// The root of what is asked.
pub(crate) struct Query;

#[Object]
impl Query {
    /// People by number, with the right `users:read`: at most `first` (1 to 500, 500 when left out) after the person
    /// with the id `after`; with this role, or with this text in their address or name.
    #[graphql(complexity = "first.unwrap_or(500).clamp(1, 500) as usize * child_complexity")]
    async fn users(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<ID>,
        role: Option<String>,
        search: Option<String>,
    ) -> Result<Vec<UserModel>> {
        let limit = first.map_or(Ok(PageRequest::MAX), u32::try_from);
        let limit = limit.map_err(|_| refused(Fault::invalid("first", "must be between 1 and 500")))?;
        let after = after.map(|after| after.parse::<i64>()).transpose();
        let after = after.map_err(|_| refused(Fault::invalid("after", "must be the id of a person")))?;
        let after = after.map(|number| Cursor::of(&number).as_str().to_owned());
        let page = PageRequest::parse(Some(limit), after).map_err(refused)?;
        let filter = Filter { role, search, disabled: None, descending: false };
        let page = web(context)?.identity.list_users(caller(context)?, &filter, &page).await;
        Ok(page.map_err(refused)?.items.into_iter().map(UserModel::from).collect())
    }

    /// The caller.
    async fn me(&self, context: &Context<'_>) -> Result<UserModel> {
        Ok(web(context)?.identity.me(caller(context)?).await.map_err(refused)?.into())
    }
}
