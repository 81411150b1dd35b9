//! What the API is, for programs (`/openapi.json`, OpenAPI 3.1) and for people (`/docs`, a page without scripts): both from
//! one table.

use axum::{
    Json, Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use serde_json::{Map, Value, json};

use self::{
    Operation as Op,
    Who::{Anybody, Caller, Operator},
};
use super::App;

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anybody,
    Caller,
    Operator,
}

/// One operation: method, path, what it does, who may call, its status, and whether it takes a body.
struct Operation(&'static str, &'static str, &'static str, Who, u16, bool);

const OPERATIONS: &[Operation] = &[
    Op(
        "get",
        "/healthz",
        "whether the process answers",
        Anybody,
        200,
        false,
    ),
    Op(
        "get",
        "/openapi.json",
        "this description",
        Anybody,
        200,
        false,
    ),
    Op(
        "get",
        "/docs",
        "this description as a page",
        Anybody,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/wallets",
        "the caller's wallets",
        Caller,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/wallets/{w}/releases",
        "asks for the server share of a wallet",
        Caller,
        201,
        true,
    ),
    Op(
        "get",
        "/v1/wallets/{w}/server-share",
        "asks and collects at once, where the policy lets it",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/releases/{id}",
        "a release as it is now",
        Caller,
        200,
        false,
    ),
    Op(
        "delete",
        "/v1/releases/{id}",
        "cancels a release",
        Caller,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/releases/{id}/collect",
        "the server share of a release that is ready",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/wallets/{w}/devices",
        "the devices of a wallet",
        Caller,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/wallets/{w}/devices/{d}/activate",
        "makes a phone the active one of a device",
        Caller,
        204,
        true,
    ),
    Op(
        "post",
        "/v1/wallets/{w}/devices/{d}/backups",
        "keeps an encrypted backup",
        Caller,
        201,
        true,
    ),
    Op(
        "post",
        "/v1/wallets/{w}/devices/{d}/observed",
        "keeps what the live provider acknowledged",
        Caller,
        204,
        true,
    ),
    Op(
        "post",
        "/v1/wallets/{w}/devices/{d}/rpc",
        "a message of the wallet SDK",
        Caller,
        200,
        true,
    ),
    Op(
        "get",
        "/v1/wallets/{w}/backups",
        "all backups of a wallet",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/wallets/{w}/backups/latest",
        "the latest backup, without its content",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/wallets/{w}/backups/{id}/content",
        "a backup in the shape that SDKs fetch",
        Caller,
        200,
        false,
    ),
    Op(
        "put",
        "/v1/wallets/{w}/keys",
        "the key set that a wallet has",
        Caller,
        204,
        true,
    ),
    Op(
        "get",
        "/v1/passphrases",
        "where the caller keeps passphrases",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/passphrases/{id}",
        "where one passphrase is kept",
        Caller,
        200,
        false,
    ),
    Op(
        "put",
        "/v1/passphrases/{id}",
        "notes where a passphrase is kept; never the passphrase",
        Caller,
        204,
        true,
    ),
    Op(
        "post",
        "/v1/ncw/wallets/{w}/devices/{d}/invoke",
        "a message of the wallet SDK, as the provider takes it",
        Caller,
        200,
        true,
    ),
    Op(
        "get",
        "/v1/ncw/wallets/{w}/backup/latest",
        "the latest backup, as the provider answers it",
        Caller,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/ncw/embedded_wallets/devices/{d}/invoke",
        "a message of the embedded-wallet SDK",
        Caller,
        200,
        true,
    ),
    Op(
        "post",
        "/v1/ncw/embedded_wallets/assign",
        "the caller's wallet, as the embedded-wallet SDK asks for it",
        Caller,
        200,
        true,
    ),
    Op(
        "get",
        "/v1/ncw/embedded_wallets/backup/latest",
        "the latest backup, as the embedded-wallet SDK asks for it",
        Caller,
        200,
        false,
    ),
    Op(
        "post",
        "/api/login",
        "as the provider's demo backend has it",
        Caller,
        200,
        true,
    ),
    Op(
        "get",
        "/api/devices",
        "as the provider's demo backend has it",
        Caller,
        200,
        false,
    ),
    Op(
        "post",
        "/api/devices/{d}/assign",
        "as the provider's demo backend has it",
        Caller,
        200,
        true,
    ),
    Op(
        "post",
        "/api/devices/{d}/rpc",
        "as the provider's demo backend has it",
        Caller,
        200,
        true,
    ),
    Op(
        "get",
        "/api/wallets",
        "as the provider's demo backend has it",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/api/wallets/{w}/backup/latest",
        "as the provider's demo backend has it",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/api/passphrase",
        "as the provider's demo backend has it",
        Caller,
        200,
        false,
    ),
    Op(
        "get",
        "/api/passphrase/{id}",
        "as the provider's demo backend has it",
        Caller,
        200,
        false,
    ),
    Op(
        "post",
        "/api/passphrase/{id}",
        "as the provider's demo backend has it",
        Caller,
        200,
        true,
    ),
    Op(
        "get",
        "/readyz",
        "what is missing; on the admin listener",
        Anybody,
        200,
        false,
    ),
    Op(
        "get",
        "/metrics",
        "for Prometheus; on the admin listener",
        Anybody,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/operator/releases",
        "releases, by state; on the admin listener",
        Operator,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/operator/releases/{id}/approve",
        "approves a release; on the admin listener",
        Operator,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/operator/releases/{id}/deny",
        "denies a release; on the admin listener",
        Operator,
        200,
        false,
    ),
    Op(
        "get",
        "/v1/operator/release-keys",
        "which keys of records are wanted, in cold mode; on the admin listener",
        Operator,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/operator/release-keys",
        "takes keys of records in, in cold mode; on the admin listener",
        Operator,
        200,
        true,
    ),
    Op(
        "get",
        "/v1/operator/audit",
        "events of the audit chain; on the admin listener",
        Operator,
        200,
        false,
    ),
    Op(
        "post",
        "/v1/operator/wallets/{w}/lock",
        "gives nothing of a wallet away; on the admin listener",
        Operator,
        204,
        true,
    ),
    Op(
        "post",
        "/v1/operator/wallets/{w}/unlock",
        "takes the lock off; on the admin listener",
        Operator,
        204,
        false,
    ),
];

/// The routes of the description.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/openapi.json", get(|| async { Json(description()) }))
        .route("/docs", get(page))
}

/// The description for programs.
fn description() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let Operation(method, path, ..) = operation;
        let entry = paths.entry((*path).to_owned()).or_insert_with(|| json!({}));
        if let Some(entry) = entry.as_object_mut() {
            entry.insert((*method).to_owned(), described(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "lifeboat endpoint", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {"Problem": problem()},
        },
    })
}

fn described(operation: &Operation) -> Value {
    let Operation(_, path, summary, who, status, has_body) = operation;
    let parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        })
        .collect();
    let is_problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    let mut described = json!({
        "summary": summary,
        "parameters": parameters,
        "responses": {
            (status.to_string()): {"description": "done"},
            "default": {
                "description": "a problem (RFC 9457)",
                "content": {"application/problem+json": is_problem},
            },
        },
    });
    if let Some(members) = described.as_object_mut() {
        if *who != Anybody {
            members.insert("security".to_owned(), json!([{"token": []}]));
        }
        if *has_body {
            let content = json!({"application/json": {"schema": {"type": ["object", "array"]}}});
            members.insert("requestBody".to_owned(), json!({ "content": content }));
        }
    }
    described
}

fn problem() -> Value {
    let codes = crate::domain::problem::Code::ALL.iter();
    let codes: Vec<&str> = codes.map(|code| code.name()).collect();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "instance"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"enum": codes},
            "instance": {"type": "string"},
            "detail": {"type": "string"},
            "link": {"type": "string"},
            "state": {"type": "string"},
            "errors": {"type": "array"},
        },
    })
}

/// The description for people. Nothing in it comes from a request.
async fn page() -> impl IntoResponse {
    let mut rows = String::new();
    for Operation(method, path, summary, who, ..) in OPERATIONS {
        let who = match who {
            Anybody => "anybody",
            Caller => "a user or a backend",
            Operator => "an operator",
        };
        let method = method.to_uppercase();
        let row = format!(
            "<tr><td>{method}</td><td><code>{path}</code></td><td>{summary}</td><td>{who}</td></tr>\n"
        );
        rows.push_str(&row);
    }
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>lifeboat endpoint</title>\n<h1>lifeboat endpoint</h1>\n\
         <p>Send <code>Authorization: Bearer TOKEN</code>. <a href=\"/openapi.json\">openapi.json</a> is this for programs.</p>\n\
         <table><tr><th>method</th><th>path</th><th>what it does</th><th>who</th></tr>\n{rows}</table></html>\n"
    );
    let policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html))
}
