//! One request and its answer over HTTP: limits, times, errors; nothing of who asks.

use std::{fs, path::Path, time::Duration};

use metier_core::Secret;
use metier_http::ProblemBody;
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode, header, redirect};
use serde_json::Value;
use url::{Host, Url};

use super::{ClientError, error::Refusal};

/// To reach the server.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Between two pieces of an answer, the first included.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// The most that is taken of one answer.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// What is shown of an answer that is not understood.
const EXCERPT: usize = 120;

/// What is asked of the API.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<Body>,
}

/// What goes along.
#[derive(Clone, Debug)]
enum Body {
    Json(Value),
    /// JSON as a file holds it.
    File(bytes::Bytes),
}

impl Call {
    fn new(method: Method, path: &[&str]) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self { method, path, query: Vec::new(), headers: Vec::new(), body: None }
    }

    /// `GET /api/v1/` and the parts, each encoded.
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path)
    }

    /// `POST`.
    pub fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path)
    }

    /// `PUT`.
    pub fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path)
    }

    /// `PATCH`.
    pub fn patch(path: &[&str]) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// `DELETE`.
    pub fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// With this JSON body.
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(Body::Json(body));
        self
    }

    /// With the content of a JSON file as it is.
    pub fn file(mut self, content: impl Into<bytes::Bytes>) -> Self {
        self.body = Some(Body::File(content.into()));
        self
    }

    /// With this parameter, when there is a value.
    pub fn query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// With this filter, alternatives between commas, when there are any.
    pub fn filter(self, name: &'static str, values: &[String]) -> Self {
        let joined = (!values.is_empty()).then(|| values.join(","));
        self.query(name, joined)
    }

    /// With this header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn address(&self, base: &Url) -> Url {
        let mut address = base.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(&self.path);
        }
        if !self.query.is_empty() {
            address.query_pairs_mut().extend_pairs(&self.query);
        }
        address
    }
}

/// The way to one server.
#[derive(Clone, Debug)]
pub struct Transport {
    client: Client,
    base: Url,
}

impl Transport {
    /// The way to the server at `base`, whom the certificates in `ca`, or else the system's, have to vouch for.
    pub fn new(base: Url, ca: Option<&Path>) -> Result<Self, ClientError> {
        let mut builder = Client::builder()
            .user_agent(concat!("metier/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(READ_WITHIN);
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        builder = match ca {
            Some(file) => builder.tls_certs_only(trusted(file)?),
            // No certificate is ever looked at, so a machine that has none installed is good enough.
            None if base.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
        };
        let client = builder
            .build()
            .map_err(|error| ClientError::Unreachable { url: base.clone(), reason: innermost(&error) })?;
        Ok(Self { client, base })
    }

    /// Which server.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_exposed(&self) -> bool {
        self.base.scheme() == "http" && !is_loopback(&self.base)
    }

    /// Asks and waits for the whole answer; `Null` when it has no body.
    pub async fn send(&self, call: &Call, bearer: Option<&Secret<String>>) -> Result<Value, ClientError> {
        self.read(self.started(self.request(call, bearer)).await?).await
    }

    /// Asks for an answer that is read as it comes.
    pub async fn open(&self, call: &Call, bearer: Option<&Secret<String>>) -> Result<Coming, ClientError> {
        let response = self.started(self.request(call, bearer)).await?;
        if response.status().is_success() {
            return Ok(Coming { response, transport: self.clone() });
        }
        match self.read(response).await {
            Err(error) => Err(error),
            Ok(_) => Err(self.foreign("an answer that is no stream".to_owned())),
        }
    }

    fn request(&self, call: &Call, bearer: Option<&Secret<String>>) -> RequestBuilder {
        let mut request = self.client.request(call.method.clone(), call.address(&self.base));
        if let Some(token) = bearer {
            request = request.bearer_auth(token.expose());
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        match &call.body {
            None => request,
            Some(Body::Json(body)) => request.json(body),
            Some(Body::File(content)) => {
                request.header(header::CONTENT_TYPE, "application/json").body(content.clone())
            }
        }
    }

    async fn started(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        request.send().await.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &reqwest::Error) -> ClientError {
        let url = self.base.clone();
        if error.is_timeout() && !error.is_connect() {
            return ClientError::TimedOut { url };
        }
        ClientError::Unreachable { url, reason: innermost(error) }
    }

    async fn read(&self, response: Response) -> Result<Value, ClientError> {
        let status = response.status();
        if status.is_redirection() {
            let target = text_header(&response, header::LOCATION).unwrap_or("nowhere").to_owned();
            return Err(ClientError::Redirected { url: self.base.clone(), target });
        }
        let is_text =
            text_header(&response, header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/plain"));
        let retry_after = text_header(&response, header::RETRY_AFTER).and_then(|text| text.parse().ok());
        let body = self.body(response).await?;
        if status.is_success() && is_text {
            return Ok(Value::String(String::from_utf8_lossy(&body).into_owned()));
        }
        if status.is_success() {
            return self.answer(&body);
        }
        Err(self.refusal(status, &body, retry_after))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&error))? {
            if body.len() + chunk.len() > ANSWER_BYTES {
                return Err(self.foreign(format!("an answer larger than {ANSWER_BYTES} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn answer(&self, body: &[u8]) -> Result<Value, ClientError> {
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(body).map_err(|_| self.foreign(format!("not JSON: {}", excerpt(body))))
    }

    fn refusal(&self, status: StatusCode, body: &[u8], retry_after: Option<u64>) -> ClientError {
        match serde_json::from_slice::<ProblemBody>(body) {
            Ok(problem) => ClientError::Refused(Box::new(Refusal { problem, retry_after, hint: None })),
            Err(_) => self.foreign(format!("status {status} with {}", excerpt(body))),
        }
    }

    fn foreign(&self, reason: String) -> ClientError {
        ClientError::Foreign { url: self.base.clone(), reason }
    }
}

/// An answer as it comes.
#[derive(Debug)]
pub struct Coming {
    response: Response,
    transport: Transport,
}

impl Coming {
    /// What came next; nothing at the end.
    pub async fn next(&mut self) -> Result<Option<bytes::Bytes>, ClientError> {
        self.response.chunk().await.map_err(|error| self.transport.failed(&error))
    }
}

fn trusted(file: &Path) -> Result<Vec<Certificate>, ClientError> {
    let refused = |reason: String| ClientError::usage(format!("--ca {}: {reason}", file.display()));
    let pem = fs::read(file).map_err(|error| refused(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| refused(innermost(&error)))?;
    if certificates.is_empty() {
        return Err(refused("holds no certificate in PEM form".to_owned()));
    }
    Ok(certificates)
}

fn text_header(response: &Response, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The innermost reason, which is the telling one.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

fn excerpt(body: &[u8]) -> String {
    if body.is_empty() {
        return "an empty body".to_owned();
    }
    let text = String::from_utf8_lossy(body);
    format!("{:?}", text.chars().take(EXCERPT).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_cannot_break_out_of_the_address() {
        let call = Call::get(&["runs", "../users?x=1#"]).query("queue", Some("a&b=c"));
        let address = call.address(&"https://example.org/metier/".parse().unwrap());
        assert_eq!(
            address.as_str(),
            "https://example.org/metier/api/v1/runs/..%2Fusers%3Fx=1%23?queue=a%26b%3Dc"
        );
    }

    #[test]
    fn filters_that_were_not_given_are_not_sent() {
        let call = Call::get(&["runs"]).filter("state", &[]).query("kind", None::<&str>);
        assert_eq!(
            call.address(&"http://localhost/".parse().unwrap()).as_str(),
            "http://localhost/api/v1/runs"
        );
    }

    #[test]
    fn requests_to_this_machine_take_no_proxy() {
        for (text, loopback) in [
            ("http://127.0.0.1:7400", true),
            ("http://[::1]:7400", true),
            ("http://localhost", true),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&text.parse().unwrap()), loopback, "{text}");
        }
    }
}
