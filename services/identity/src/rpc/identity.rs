//! `metier.identity.v1.Identity`, for the other services.

use std::time::Duration;

use metier_contract_identity::protocol::{
    ApiKeyScope, AuthenticateReply, AuthenticateRequest, ExchangeApiKeyRequest, GetApiKeyScopeRequest,
    GetUserRequest, JwksReply, JwksRequest, MintRunTokenRequest, Token, User, identity_server,
};
use metier_core::{Fault, Grants, Id, Secret};
use metier_rpc::{ctx, status};
use tonic::{Request, Response, Status};

use crate::{
    domain::user,
    error::Error,
    ops::{AccessToken, Identity, RunToken},
};

/// The service, ready to be mounted.
pub(crate) fn server(identity: Identity) -> identity_server::IdentityServer<Server> {
    identity_server::IdentityServer::new(Server(identity))
}

/// Answers with the operations.
pub(crate) struct Server(Identity);

fn refused(error: Error) -> Status {
    status(Fault::from(error))
}

fn id<T>(field: &'static str, text: &str) -> Result<Id<T>, Status> {
    text.parse().map_err(|_| status(Fault::invalid(field, "must be a UUID")))
}

fn grants(field: &'static str, texts: &[String]) -> Result<Grants, Status> {
    let parsed = Grants::parse(texts.iter().map(String::as_str));
    parsed.map_err(|error| status(Fault::invalid(field, error.to_string())))
}

fn token(access: &AccessToken) -> Response<Token> {
    Response::new(Token { token: access.token.expose().clone(), expires_at: access.expires_at.seconds() })
}

fn user(user: user::User) -> User {
    User {
        id: user.id.to_string(),
        number: user.number,
        workspace_id: user.workspace.to_string(),
        disabled: !user.is_enabled(),
        email: user.email,
        display_name: user.display_name,
        role: user.role,
    }
}

#[tonic::async_trait]
impl identity_server::Identity for Server {
    async fn authenticate(
        &self,
        request: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateReply>, Status> {
        let token = Secret::new(request.into_inner().token);
        let holder = self.0.authenticate(&token).await.map_err(refused)?;
        Ok(Response::new(AuthenticateReply {
            user: Some(user(holder.who.user)),
            grants: holder.claims.grants.texts(),
            expires_at: holder.claims.exp,
        }))
    }

    async fn exchange_api_key(
        &self,
        request: Request<ExchangeApiKeyRequest>,
    ) -> Result<Response<Token>, Status> {
        let ctx = ctx(&request)?.clone();
        let key = Secret::new(request.into_inner().api_key);
        Ok(token(&self.0.exchange_api_key(&ctx, &key).await.map_err(refused)?))
    }

    async fn get_api_key_scope(
        &self,
        request: Request<GetApiKeyScopeRequest>,
    ) -> Result<Response<ApiKeyScope>, Status> {
        let ctx = ctx(&request)?.clone();
        let id = id("api_key_id", &request.into_inner().api_key_id)?;
        let key = self.0.get_api_key_scope(&ctx, id).await.map_err(refused)?;
        let expires_at = key.expires_at.map(metier_core::Timestamp::micros);
        Ok(Response::new(ApiKeyScope { kinds: key.kinds, queues: key.queues, expires_at }))
    }

    async fn mint_run_token(&self, request: Request<MintRunTokenRequest>) -> Result<Response<Token>, Status> {
        let ctx = ctx(&request)?.clone();
        let wanted = request.into_inner();
        let wanted = RunToken {
            run: id("run_id", &wanted.run_id)?,
            user: id("user_id", &wanted.user_id)?,
            workspace: id("workspace_id", &wanted.workspace_id)?,
            api_key: wanted.api_key_id.as_deref().map(|text| id("api_key_id", text)).transpose()?,
            submitted: grants("submitted_grants", &wanted.submitted_grants)?,
            kind: grants("kind_grants", &wanted.kind_grants)?,
            lifetime: Duration::from_secs(wanted.lifetime_seconds.into()),
        };
        Ok(token(&self.0.mint_run_token(&ctx, wanted).await.map_err(refused)?))
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<User>, Status> {
        let ctx = ctx(&request)?.clone();
        let id = id("id", &request.into_inner().id)?;
        Ok(Response::new(user(self.0.get_user(&ctx, id).await.map_err(refused)?.user)))
    }

    async fn jwks(&self, _request: Request<JwksRequest>) -> Result<Response<JwksReply>, Status> {
        let jwks = serde_json::to_string(&self.0.jwks()).map_err(|error| status(Fault::internal(error)))?;
        Ok(Response::new(JwksReply { jwks }))
    }
}
