//! The identity service as its peers call it.

use std::time::Duration;

use metier_auth::{ApiKey, Jwks};
use metier_core::{ApiKeyId, Ctx, Fault, Grants, RunId, Secret, Timestamp, UserId, WorkspaceId};
use metier_rpc::{Link, fault, request};

use crate::protocol::{
    AuthenticateReply, AuthenticateRequest, ExchangeApiKeyRequest, GetApiKeyScopeRequest, GetUserRequest,
    JwksRequest, MintRunTokenRequest, Token as TokenMessage, User,
    identity_client::IdentityClient as Generated,
};

/// A token and its end.
#[derive(Clone, Debug)]
pub struct Token {
    /// The bearer token.
    pub token: Secret<String>,
    /// From when it is no longer valid.
    pub expires_at: Timestamp,
}

impl From<TokenMessage> for Token {
    fn from(message: TokenMessage) -> Self {
        Self { token: Secret::new(message.token), expires_at: Timestamp::from_seconds(message.expires_at) }
    }
}

/// What the jobs service says of a run to get a token for its handler.
#[derive(Clone, Debug)]
pub struct RunTokenRequest {
    /// The run.
    pub run: RunId,
    /// For whom it works.
    pub user: UserId,
    /// Where it was submitted.
    pub workspace: WorkspaceId,
    /// The API key it was submitted with.
    pub api_key: Option<ApiKeyId>,
    /// What the actor was allowed at the time.
    pub submitted: Grants,
    /// What its kind declares.
    pub kind: Grants,
    /// How long the token is wanted.
    pub lifetime: Duration,
}

/// What a worker's key may claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyScope {
    /// Kinds, `*` for every one.
    pub kinds: Vec<String>,
    /// Queues, `*` for every one.
    pub queues: Vec<String>,
    /// When the key ends.
    pub expires_at: Option<Timestamp>,
}

/// Asks the identity service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct IdentityClient(Generated<Link>);

impl IdentityClient {
    /// Asks through this link: `kit.link(metier_contract_identity::SERVICE)`.
    pub fn new(link: Link) -> Self {
        Self(Generated::new(link))
    }

    /// Whose token is this, looked up now.
    ///
    /// # Errors
    /// `unauthenticated` and finer codes when it is nobody's.
    pub async fn authenticate(&self, ctx: &Ctx, token: &Secret<String>) -> Result<AuthenticateReply, Fault> {
        let message = AuthenticateRequest { token: token.expose().clone() };
        let reply = self.0.clone().authenticate(request(ctx, message)).await;
        Ok(reply.map_err(fault)?.into_inner())
    }

    /// A short-lived token for the owner of the key.
    ///
    /// # Errors
    /// `api_key_invalid` when the key is unknown, expired or revoked.
    pub async fn exchange_api_key(&self, ctx: &Ctx, key: &ApiKey) -> Result<Token, Fault> {
        let message = ExchangeApiKeyRequest { api_key: key.text().expose().clone() };
        let reply = self.0.clone().exchange_api_key(request(ctx, message)).await;
        Ok(reply.map_err(fault)?.into_inner().into())
    }

    /// What a worker's key may claim.
    ///
    /// # Errors
    /// `not_found` when the key is not usable.
    pub async fn get_api_key_scope(&self, ctx: &Ctx, id: ApiKeyId) -> Result<ApiKeyScope, Fault> {
        let message = GetApiKeyScopeRequest { api_key_id: id.to_string() };
        let reply =
            self.0.clone().get_api_key_scope(request(ctx, message)).await.map_err(fault)?.into_inner();
        let expires_at = reply.expires_at.map(Timestamp::from_micros);
        Ok(ApiKeyScope { kinds: reply.kinds, queues: reply.queues, expires_at })
    }

    /// A token for the handler of a run; only for the jobs service.
    ///
    /// # Errors
    /// `run_actor_gone` when the person or key behind the run may no longer act.
    pub async fn mint_run_token(&self, ctx: &Ctx, wanted: RunTokenRequest) -> Result<Token, Fault> {
        let message = MintRunTokenRequest {
            run_id: wanted.run.to_string(),
            user_id: wanted.user.to_string(),
            workspace_id: wanted.workspace.to_string(),
            api_key_id: wanted.api_key.map(|id| id.to_string()),
            submitted_grants: wanted.submitted.texts(),
            kind_grants: wanted.kind.texts(),
            lifetime_seconds: u32::try_from(wanted.lifetime.as_secs()).unwrap_or(u32::MAX),
        };
        let reply = self.0.clone().mint_run_token(request(ctx, message)).await;
        Ok(reply.map_err(fault)?.into_inner().into())
    }

    /// A person of the caller's workspace.
    ///
    /// # Errors
    /// `not_found` when there is none.
    pub async fn get_user(&self, ctx: &Ctx, id: UserId) -> Result<User, Fault> {
        let message = GetUserRequest { id: id.to_string() };
        Ok(self.0.clone().get_user(request(ctx, message)).await.map_err(fault)?.into_inner())
    }

    /// The public keys that verify tokens, for a [`metier_auth::Verifier`] to fetch.
    ///
    /// # Errors
    /// When the identity service is away.
    pub async fn jwks(&self, ctx: &Ctx) -> Result<Jwks, Fault> {
        let reply = self.0.clone().jwks(request(ctx, JwksRequest {})).await.map_err(fault)?.into_inner();
        serde_json::from_str(&reply.jwks).map_err(Fault::internal)
    }
}
