//! Devices: where each lives now.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    App,
    asked::{Asked, bad_field},
    backups::step_of,
    parts::Path,
    rpc::device_of,
};
use crate::{
    domain::{
        device::PhysicalId,
        problem::{Code, Problem},
    },
    store::devices,
};

/// `GET /v1/wallets/{w}/devices`.
pub(super) async fn list(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = app.wallet(&asked.caller, &wallet)?;
    let found = app.store().read(|db| devices::list(db, &wallet))?;
    let devices: Vec<Value> = found
        .iter()
        .map(|device| {
            json!({
                "deviceId": device.device,
                "physicalDeviceId": device.active,
                "since": device.since,
            })
        })
        .collect();
    Ok(Json(json!({ "devices": devices })).into_response())
}

/// `POST /v1/wallets/{w}/devices/{d}/activate` `{physicalDeviceId}`.
pub(super) async fn activate(
    State(app): State<App>,
    Path((wallet, device)): Path<(String, String)>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    let wallet = app.wallet(&asked.caller, &wallet)?;
    let device = device_of(&device)?;
    let body = asked.json()?;
    let phone = body
        .get("physicalDeviceId")
        .and_then(|field| field.text())
        .map_err(|error| bad_field(&error))?;
    let phone = PhysicalId::parse(phone.expose()).ok_or_else(|| {
        Problem::from(Code::Unprocessable).member(
            "/physicalDeviceId",
            "no printable text of at most 128 bytes",
        )
    })?;

    let step = step_of(&asked, wallet, device, Some(phone.clone()));
    app.store().activate(step, phone).await?;
    Ok(StatusCode::NO_CONTENT)
}
