//! `auth.AuthService`, as Jobber's services and clients ask it.

use metier_contract_identity::jobber::{AuthenticationRequest, AuthenticationResponse, auth_service_server};
use metier_core::{Fault, Secret};
use metier_rpc::status;
use tonic::{Request, Response, Status};

use crate::ops::Identity;

/// The service, ready to be mounted.
pub(crate) fn server(identity: Identity) -> auth_service_server::AuthServiceServer<Server> {
    auth_service_server::AuthServiceServer::new(Server(identity))
}

/// Answers with the operations.
pub(crate) struct Server(Identity);

#[tonic::async_trait]
impl auth_service_server::AuthService for Server {
    async fn authenticate(
        &self,
        request: Request<AuthenticationRequest>,
    ) -> Result<Response<AuthenticationResponse>, Status> {
        let token = Secret::new(request.into_inner().token);
        let holder = self.0.authenticate(&token).await.map_err(|error| status(Fault::from(error)))?;
        let user = holder.who.user;
        let id = i32::try_from(user.number).map_err(|error| status(Fault::internal(error)))?;
        Ok(Response::new(AuthenticationResponse { id, email: user.email }))
    }
}
