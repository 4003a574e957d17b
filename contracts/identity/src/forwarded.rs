//! What the public door tells of the client it passes on. A header alone proves nothing: it counts only
//! beside a token that the gateway made for the service that reads it.

/// The client's network address, as the gateway saw it.
pub const CLIENT_ADDRESS_HEADER: &str = "x-metier-client-address";
/// The gateway's own token for the service, which makes [`CLIENT_ADDRESS_HEADER`] count.
pub const GATEWAY_TOKEN_HEADER: &str = "x-metier-gateway-token";
/// The service whose token it has to be.
pub const GATEWAY: &str = "gateway";
