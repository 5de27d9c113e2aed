//! A client of the REST APIs.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::Value;

use crate::gateway::Socket;
use crate::schema;

/// Somebody who asks, logged in or not.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    /// What stands in `Authorization`.
    pub token: Option<String>,
    /// Whose it is.
    pub id: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON, or null without a body.
    pub body: Value,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    asked: String,
}

impl Client {
    /// Somebody without an account, at the server with this address.
    pub fn at(address: SocketAddr) -> Self {
        Self { http: reqwest::Client::new(), address, token: None, id: String::new() }
    }

    /// The same person, at the same server in another place.
    #[must_use]
    pub fn moved(&self, address: SocketAddr) -> Self {
        Self { http: reqwest::Client::new(), address, ..self.clone() }
    }

    /// The same, logged in.
    #[must_use]
    pub fn with(&self, token: &str, id: &str) -> Self {
        Self { token: Some(token.into()), id: id.into(), ..self.clone() }
    }

    /// Asks Discord's API.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send(method, &format!("/api/v10{path}"), body, &[]).await
    }

    /// The same with headers.
    pub async fn ask_with(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        self.send(method, &format!("/api/v10{path}"), body, headers).await
    }

    /// Asks Guildhall's own API.
    pub async fn own(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = (method != "GET").then_some(body);
        self.send(method, &format!("/api/guildhall/v1{path}"), body, &[]).await
    }

    /// Asks Discord's API of a server that may go away meanwhile: none when no whole answer came.
    pub async fn attempt(&self, method: &str, path: &str, body: Option<Value>) -> Option<Answer> {
        let path = format!("/api/v10{path}");
        Self::read(method, &path, self.request(method, &path, body, &[])).await.ok()
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        Self::answer(method, path, self.request(method, path, body, headers)).await
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).expect("a method"), url);
        if let Some(token) = &self.token {
            request = request.header("authorization", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request
    }

    async fn answer(method: &str, path: &str, request: reqwest::RequestBuilder) -> Answer {
        Self::read(method, path, request).await.expect("the server answers")
    }

    /// Sends a request; what comes back must be what the API's document says.
    async fn read(method: &str, path: &str, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        schema::check(method, path, status, kind, &bytes);
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or(Value::Null) };
        Ok(Answer { status, body, headers, asked: format!("{method} {path}") })
    }

    /// Posts a form, with what stands in `Authorization`.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)], authorization: Option<&str>) -> (u16, Value) {
        let path = format!("/api/v10{path}");
        let mut request = self.http.post(format!("http://{}{path}", self.address)).form(fields);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let answer = Self::answer("POST", &path, request).await;
        (answer.status, answer.body)
    }

    /// Posts files with a body, the files first or last.
    pub async fn upload(
        &self,
        path: &str,
        files: &[(&str, &str, &[u8])],
        payload: &Value,
        files_first: bool,
    ) -> Answer {
        let mut form = reqwest::multipart::Form::new();
        if !files_first {
            form = form.text("payload_json", payload.to_string());
        }
        for (field, filename, bytes) in files {
            let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name((*filename).to_owned());
            form = form.part((*field).to_owned(), part);
        }
        if files_first {
            form = form.text("payload_json", payload.to_string());
        }
        self.send_form("POST", path, form).await
    }

    /// Puts one file.
    pub async fn put_file(&self, path: &str, field: &str, bytes: &[u8]) -> Answer {
        let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("file");
        self.send_form("PUT", path, reqwest::multipart::Form::new().part(field.to_owned(), part)).await
    }

    /// Posts fields and one file.
    pub async fn upload_form(&self, path: &str, fields: &[(&str, &str)], file: Option<&[u8]>) -> Answer {
        let mut form = reqwest::multipart::Form::new();
        for (name, text) in fields {
            form = form.text((*name).to_owned(), (*text).to_owned());
        }
        if let Some(bytes) = file {
            form = form.part("file", reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("file"));
        }
        self.send_form("POST", path, form).await
    }

    async fn send_form(&self, method: &str, path: &str, form: reqwest::multipart::Form) -> Answer {
        let path = format!("/api/v10{path}");
        let url = format!("http://{}{path}", self.address);
        let method_name = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method_name, url).multipart(form);
        if let Some(token) = &self.token {
            request = request.header("authorization", token);
        }
        Self::answer(method, &path, request).await
    }

    /// Fetches an address without an account.
    pub async fn fetch(&self, url: &str) -> (u16, Vec<u8>) {
        let response = self.http.get(url).send().await.expect("the server answers");
        (response.status().as_u16(), response.bytes().await.expect("the answer has a body").to_vec())
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None).await
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, Some(body)).await
    }

    /// `PUT`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask("PUT", path, Some(body)).await
    }

    /// `PATCH`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask("PATCH", path, Some(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, None).await
    }

    /// Connects to the gateway without saying who one is.
    pub async fn open(&self) -> Socket {
        Socket::open(self.address).await
    }

    /// Connects to the gateway and identifies with these intents.
    pub async fn connect(&self, intents: u64) -> Socket {
        Socket::connect(self.address, self.token.as_deref().expect("logged in"), intents).await
    }
}

impl Answer {
    /// The body, when the status is this one.
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.body);
        self.body
    }

    /// Refused with this status and code.
    pub fn refused(&self, status: u16, code: u32) {
        assert_eq!((self.status, &self.body["code"]), (status, &Value::from(code)), "{}: {}", self.asked, self.body);
    }
}
