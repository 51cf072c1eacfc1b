//! The panel's side of `/admin/api`: keeps the cookie and sends the CSRF token, as a browser with the panel does.

use std::net::IpAddr;

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};
use server::serve::Client;

use super::{Answer, PASSWORD, TestApp};

/// One browser.
#[derive(Clone)]
pub struct Browser {
    /// `name=value`, once there is one.
    pub cookie: String,
    /// The CSRF token of the session.
    pub csrf: String,
    /// Where it stands.
    pub address: IpAddr,
}

impl Browser {
    /// A browser that is signed out.
    pub fn new() -> Self {
        Self {
            cookie: String::new(),
            csrf: String::new(),
            address: IpAddr::from([192, 0, 2, 1]),
        }
    }

    /// A browser in another network.
    pub fn at(address: &str) -> Self {
        Self {
            address: address.parse().expect("an address"),
            ..Self::new()
        }
    }

    /// A browser in which a person with the usual password is signed in.
    pub async fn signed_in(app: &TestApp, email: &str) -> Self {
        let mut browser = Self::new();
        browser.sign_in(app, email, PASSWORD).await.expect(200);
        browser
    }

    /// Signs in.
    pub async fn sign_in(&mut self, app: &TestApp, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        self.post(app, "/login", body).await
    }

    /// GET below `/admin/api`.
    pub async fn get(&mut self, app: &TestApp, path: &str) -> Answer {
        self.send(app, "GET", &format!("/admin/api{path}"), Value::Null)
            .await
    }

    /// POST below `/admin/api`.
    pub async fn post(&mut self, app: &TestApp, path: &str, body: Value) -> Answer {
        self.send(app, "POST", &format!("/admin/api{path}"), body)
            .await
    }

    /// PUT below `/admin/api`.
    pub async fn put(&mut self, app: &TestApp, path: &str, body: Value) -> Answer {
        self.send(app, "PUT", &format!("/admin/api{path}"), body)
            .await
    }

    /// DELETE below `/admin/api`.
    pub async fn delete(&mut self, app: &TestApp, path: &str) -> Answer {
        self.send(app, "DELETE", &format!("/admin/api{path}"), Value::Null)
            .await
    }

    /// Any request; keeps the cookie and the CSRF token of the answer.
    pub async fn send(&mut self, app: &TestApp, method: &str, path: &str, body: Value) -> Answer {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("x-csrf-token", &self.csrf),
        ];
        let answer = self
            .clone()
            .send_with(app, method, path, body, &headers)
            .await;
        if let Some(cookie) = answer.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            pair.clone_into(&mut self.cookie);
        }
        let csrf = answer.text_at("/data/csrf");
        if !csrf.is_empty() {
            self.csrf = csrf;
        }
        answer
    }

    /// Any request with these headers beside the cookie.
    pub async fn send_with(
        self,
        app: &TestApp,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.extension(Client {
            address: self.address,
            https: false,
        });
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        app.raw(request.body(body).expect("a request")).await
    }
}
