//! What the API is, for programs (`/openapi.json`, OpenAPI 3.1) and for people (`/docs`, a page without scripts): both from
//! one table, [`operations`].

mod operation;
mod operations;
mod schemas;

use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use serde_json::{Map, Value, json};

use self::{
    operation::{
        Operation,
        Who::{Anybody, Caller, Operator, Portal},
    },
    operations::OPERATIONS,
};
use super::{App, provider_paths::is_theirs};
use crate::{config::PORTAL_ROOT, domain::portal::MAX_CLIENT};

/// Problems that befall any request.
const OF_ALL: &[u16] = &[400, 429, 503];
/// Those of requests with a token.
const OF_CALLERS: &[u16] = &[401, 404, 413];
/// Those of Portal's webhooks.
const OF_PORTAL: &[u16] = &[401, 413];

/// The routes of the description.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/openapi.json", get(described_here))
        .route("/docs", get(page))
}

async fn described_here(State(app): State<App>) -> Json<Value> {
    Json(description(root_of(&app)))
}

/// Where Portal's webhooks are.
fn root_of(app: &App) -> &str {
    let portal = app.settings().portal.as_ref();
    portal.map_or(PORTAL_ROOT, |portal| portal.root.as_str())
}

/// The path of an operation; Portal's webhooks are below the configured root.
fn path_of(operation: &Operation, root: &str) -> String {
    match operation.path.strip_prefix(PORTAL_ROOT) {
        Some(rest) => format!("{root}{rest}"),
        None => operation.path.to_owned(),
    }
}

/// The description for programs.
fn description(root: &str) -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let entry = paths
            .entry(path_of(operation, root))
            .or_insert_with(|| json!({}));
        if let Some(entry) = entry.as_object_mut() {
            entry.insert(operation.method.to_owned(), described(operation));
        }
    }
    let token = json!({"type": "http", "scheme": "bearer", "bearerFormat": "JWT"});
    let secret = json!({"type": "apiKey", "in": "header", "name": "X-Webhook-Secret"});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "lifeboat endpoint", "version": env!("CARGO_PKG_VERSION")},
        "tags": [
            {"name": "public", "description": "on the public listener"},
            {"name": "operators", "description": "on the listener of operators"},
        ],
        "paths": paths,
        "components": {"securitySchemes": {"token": token, "webhook": secret}, "schemas": schemas::schemas()},
    })
}

fn described(operation: &Operation) -> Value {
    let tag = if operation.is_inside {
        "operators"
    } else {
        "public"
    };
    let mut described = json!({
        "summary": operation.summary,
        "tags": [tag],
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Some(members) = described.as_object_mut() {
        let security = match operation.who {
            Anybody => None,
            Caller | Operator => Some(json!([{"token": []}])),
            Portal => Some(json!([{"webhook": []}])),
        };
        if let Some(security) = security {
            members.insert("security".to_owned(), security);
        }
        let content = match (operation.takes, operation.takes_text) {
            (Some(schema), _) => Some(("application/json", reference(schema))),
            (None, Some(kind)) => Some((kind, json!({"schema": {"type": "string"}}))),
            (None, None) => None,
        };
        if let Some((kind, schema)) = content {
            let body = json!({"required": operation.is_body_needed, "content": {kind: schema}});
            members.insert("requestBody".to_owned(), body);
        }
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let of_path = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let schema = match (name, operation.path.contains("/passphrase")) {
                ("id", true) => json!({"type": "string", "minLength": 1, "maxLength": 1024}),
                ("c", _) => json!({"type": "string", "minLength": 1, "maxLength": MAX_CLIENT}),
                _ => json!({"type": "string", "format": "uuid"}),
            };
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        });
    let of_query = operation.query.iter().map(|query| {
        let schema = match query.name {
            "from" | "before" => json!({"type": "integer"}),
            "all" => json!({"enum": ["true", "false"]}),
            _ => json!({"type": "string"}),
        };
        json!({"name": query.name, "in": "query", "description": query.about, "schema": schema})
    });
    let header = |name: &str, about: &str| {
        let schema = json!({"type": "string", "pattern": "^[!-~]{1,128}$"});
        json!({"name": name, "in": "header", "description": about, "schema": schema})
    };
    let mut parameters: Vec<Value> = of_path.chain(of_query).collect();
    if operation.is_repeatable {
        let about = "the same request with the same key is done once, for 24 hours";
        parameters.push(header("Idempotency-Key", about));
    }
    if operation.is_on_behalf {
        let about = "a backend names the user that it asks for: SUBJECT, or ISSUER SUBJECT";
        parameters.push(header("X-On-Behalf-Of", about));
    }
    parameters
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for status in operation.answers {
        let mut response = json!({"description": "done"});
        let mut content = Map::new();
        if *status != 204 {
            if let Some(schema) = operation.gives {
                content.insert("application/json".to_owned(), reference(schema));
            }
            if let Some(kind) = operation.gives_text {
                content.insert(kind.to_owned(), json!({"schema": {"type": "string"}}));
            }
            if let Some(members) = response.as_object_mut() {
                members.insert("content".to_owned(), content.into());
            }
        }
        responses.insert(status.to_string(), response);
    }
    // Readiness tells what is missing with a problem's status.
    if operation.path == "/readyz" {
        let content = json!({"application/json": reference("Readiness")});
        let response = json!({"description": "something is missing", "content": content});
        responses.insert("503".to_owned(), response);
    }
    let (kind, schema) = if is_theirs(operation.path) {
        ("application/json", "VendorsProblem")
    } else {
        ("application/problem+json", "Problem")
    };
    let of_callers = match operation.who {
        Anybody => &[],
        Caller | Operator => OF_CALLERS,
        Portal => OF_PORTAL,
    };
    let of_operators: &[u16] = if operation.who == Operator {
        &[403]
    } else {
        &[]
    };
    for status in [OF_ALL, of_callers, of_operators, operation.refuses].concat() {
        let problem = json!({"description": "a problem", "content": {kind: reference(schema)}});
        responses.entry(status.to_string()).or_insert(problem);
    }
    responses.into()
}

fn reference(schema: &str) -> Value {
    json!({"schema": {"$ref": format!("#/components/schemas/{schema}")}})
}

/// The description for people. Nothing in it comes from a request.
async fn page(State(app): State<App>) -> impl IntoResponse {
    let mut rows = String::new();
    for operation in OPERATIONS {
        let who = match operation.who {
            Anybody => "anybody",
            Caller => "a user or a backend",
            Operator => "an operator",
            Portal => "Portal",
        };
        let method = operation.method.to_uppercase();
        let path = path_of(operation, root_of(&app));
        let summary = operation.summary;
        let place = if operation.is_inside {
            "; on the listener of operators"
        } else {
            ""
        };
        let row = format!(
            "<tr><td>{method}</td><td><code>{path}</code></td><td>{summary}{place}</td><td>{who}</td></tr>\n"
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
