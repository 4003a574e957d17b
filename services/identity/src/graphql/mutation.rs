//! What can be changed. Each may come once in a request: nobody guesses many passwords with one.

use async_graphql::{Context, Object, Result};
use http::{HeaderMap, header::SET_COOKIE};
use metier_core::{Actor, Role, Secret};
use metier_graphql::{COSTLY, refused};

use super::{
    caller,
    model::{CreateUserInput, LoginInput, UserModel},
    web,
};
use crate::{
    domain::session::Origin,
    ops::{Credentials, FirstAdmin, NewUser},
};

/// The root of what is changed.
pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// Makes an account with the role `user`: by anybody where the operator opened registration, otherwise by who has
    /// the right `users:create`.
    #[graphql(complexity = "COSTLY + child_complexity")]
    async fn create_user(
        &self,
        context: &Context<'_>,
        create_user_input: CreateUserInput,
    ) -> Result<UserModel> {
        let (identity, ctx) = (&web(context)?.identity, caller(context)?);
        let CreateUserInput { email, password } = create_user_input;
        let password = Secret::new(password);
        let made = if ctx.actor == Actor::Anonymous {
            identity.register(ctx, FirstAdmin { email, display_name: None, password }).await
        } else {
            let role = Role::User.name().to_owned();
            let new = NewUser { email, display_name: None, password, role, extra_grants: Vec::new() };
            identity.create_user(ctx, new, None).await
        };
        Ok(made.map_err(refused)?.into())
    }

    /// Signs in. The token is in the cookie `Authentication`, which ends with it, and nowhere else.
    #[graphql(complexity = "COSTLY + child_complexity")]
    async fn login(&self, context: &Context<'_>, login_input: LoginInput) -> Result<UserModel> {
        let web = web(context)?;
        let origin = context.data::<Origin>()?.clone();
        let LoginInput { email, password } = login_input;
        let credentials = Credentials { email, password: Secret::new(password) };
        let signed_in = web.identity.login(caller(context)?, credentials, origin).await.map_err(refused)?;
        let lifetime = signed_in.access.expires_at.since(web.identity.now());
        let cookie = web.cookies.begin_plain(signed_in.access.token.expose(), lifetime).map_err(refused)?;
        context.append_http_header(SET_COOKIE, cookie);
        Ok(signed_in.who.into())
    }

    /// Ends the caller's session. `false` when there is none.
    async fn logout(&self, context: &Context<'_>) -> Result<bool> {
        let web = web(context)?;
        let session = web.session(context.data::<HeaderMap>()?).await;
        if let Some(session) = session {
            web.identity.logout(caller(context)?, session).await.map_err(refused)?;
        }
        context.append_http_header(SET_COOKIE, web.cookies.end_plain().map_err(refused)?);
        Ok(session.is_some())
    }
}
