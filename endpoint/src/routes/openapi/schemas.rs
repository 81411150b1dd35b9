//! The schemas of bodies, as JSON Schema has them.
//!
//! They are written here and not derived: answers are put together from what the store and the keys give, some of them byte
//! for byte, and in the provider's shapes. `tests/interop/schemathesis` holds every answer against them.

use serde_json::{Map, Value, json};

use crate::domain::{portal::MAX_CLIENT, portal_backup::PairState, problem::Code, release::State};

/// All schemas by name.
pub(super) fn schemas() -> Value {
    let mut all = Map::new();
    for part in [
        basics(),
        releases(),
        backups(),
        portal(),
        theirs(),
        operators(),
    ] {
        if let Value::Object(members) = part {
            all.extend(members);
        }
    }
    Value::Object(all)
}

/// An object whose members are all there; those with a `?` behind their names may be absent.
fn object(members: &[(&str, Value)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema) in members {
        let plain = name.trim_end_matches('?');
        if plain == *name {
            required.push(plain);
        }
        properties.insert(plain.to_owned(), schema.clone());
    }
    json!({"type": "object", "required": required, "properties": properties})
}

fn list(of: &Value) -> Value {
    json!({"type": "array", "items": of})
}

fn named(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn maybe_text() -> Value {
    json!({"type": ["string", "null"]})
}

fn uuid() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn hex(bytes: usize) -> Value {
    json!({"type": "string", "pattern": format!("^[0-9a-f]{{{}}}$", 2 * bytes)})
}

/// Milliseconds since 1970.
fn time() -> Value {
    json!({"type": "integer", "description": "milliseconds since 1970"})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn state() -> Value {
    let states = State::ALL.iter().map(|state| state.name());
    json!({"enum": states.collect::<Vec<_>>()})
}

fn basics() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let fault = object(&[("pointer", text()), ("detail", text())]);
    json!({
        "Anything": {"type": "object"},
        "Alive": object(&[("alive", flag())]),
        "Readiness": object(&[
            ("ready", flag()),
            ("missing", list(&text())),
            ("warnings", list(&text())),
        ]),
        "Problem": object(&[
            ("type", text()),
            ("title", text()),
            ("status", json!({"type": "integer"})),
            ("code", json!({"enum": codes})),
            ("instance", text()),
            ("detail?", text()),
            ("link?", text()),
            ("state?", state()),
            ("errors?", list(&fault)),
        ]),
        "VendorsProblem": object(&[("message", text()), ("code", json!({"type": "integer"}))]),
    })
}

fn releases() -> Value {
    let jwk = json!({
        "type": "object",
        "required": ["kty"],
        "properties": {
            "kty": {"enum": ["EC", "RSA"]},
            "crv": {"const": "P-256"},
            "x": text(), "y": text(), "n": text(), "e": text(), "kid": text(),
        },
    });
    let mut request = object(&[
        ("encryptTo?", jwk),
        (
            "physicalDeviceId?",
            json!({"type": "string", "maxLength": 128}),
        ),
        ("reason?", json!({"type": "string", "maxLength": 128})),
    ]);
    if let Some(members) = request.as_object_mut() {
        members.insert("additionalProperties".to_owned(), false.into());
    }
    let one = json!({
        "type": "object",
        "required": ["cosigner"],
        "properties": {"cosigner": uuid()},
        "additionalProperties": hex(32),
    });
    let share = object(&[
        ("walletId", uuid()),
        ("chaincode", hex(32)),
        ("shares", list(&one)),
    ]);
    let wallet = object(&[
        ("walletId", uuid()),
        ("hasServerShare", flag()),
        ("latestBackup", json!({"type": ["integer", "null"]})),
    ]);
    json!({
        "Wallets": object(&[("wallets", list(&wallet))]),
        "ReleaseRequest": request,
        "Release": object(&[
            ("id", uuid()),
            ("walletId", uuid()),
            ("state", state()),
            ("createdAt", time()),
            ("notBefore", time()),
            ("expiresAt", time()),
            ("approvalsLeft", count()),
        ]),
        "ServerShare": share,
        "Collected": {"anyOf": [named("ServerShare"), object(&[("jwe", text())])]},
    })
}

fn backups() -> Value {
    let listed = object(&[
        ("deviceId", text()),
        ("keyId", uuid()),
        ("algorithm", text()),
        ("publicKey", maybe_text()),
    ]);
    let keys = list(&listed);
    let key = object(&[
        ("keyId", uuid()),
        (
            "algorithm",
            json!({"enum": ["MPC_CMP_ECDSA_SECP256K1", "MPC_CMP_EDDSA_ED25519"]}),
        ),
        (
            "publicKey",
            json!({"type": "string", "pattern": "^(0[23][0-9a-f]{64}|[0-9a-f]{64})$"}),
        ),
    ]);
    let encrypted = object(&[
        ("encryptedKey", text()),
        (
            "encryptionAlgorithm",
            json!({"enum": ["AES", "AES-CBC", "AES-GCM"]}),
        ),
        ("iv", text()),
    ]);
    let sent = object(&[
        ("keyId", uuid()),
        ("algorithm", text()),
        ("publicKey", text()),
        ("encryptedKeys", list(&encrypted)),
    ]);
    let missing = list(&text());
    json!({
        "Devices": object(&[("devices", list(&object(&[
            ("deviceId", text()),
            ("physicalDeviceId", maybe_text()),
            ("since", time()),
        ])))]),
        "Activation": object(&[("physicalDeviceId", json!({"type": "string", "minLength": 1, "maxLength": 128}))]),
        "Backup": object(&[("passphraseId", text()), ("keys", list(&sent))]),
        "BackupContent": {"type": "object"},
        "Kept": object(&[
            ("id", uuid()),
            ("createdAt", time()),
            ("digest", hex(32)),
            ("complete", flag()),
            ("missing", missing.clone()),
        ]),
        "Observed": object(&[
            ("message", json!({"type": ["string", "object"]})),
            ("reply", json!({"type": ["string", "object"]})),
        ]),
        "Backups": object(&[("backups", list(&object(&[
            ("id", uuid()),
            ("deviceId", text()),
            ("physicalDeviceId", maybe_text()),
            ("passphraseId", text()),
            ("form", text()),
            ("source", text()),
            ("createdAt", time()),
            ("arrivedAt", time()),
            ("digest", hex(32)),
            ("keys", keys.clone()),
        ])))]),
        "Latest": object(&[
            ("walletId", uuid()),
            ("deviceId", text()),
            ("passphraseId", text()),
            ("location?", text()),
            ("createdAt", time()),
            ("keys", keys.clone()),
            ("complete", flag()),
            ("missing", missing.clone()),
            ("id", uuid()),
        ]),
        "VendorsLatest": object(&[("passphraseId", text()), ("createdAt", time()), ("keys", keys)]),
        "KeySet": list(&key),
        "Completeness": object(&[("complete", flag()), ("missing", missing)]),
    })
}

fn portal() -> Value {
    let client = json!({"type": "string", "minLength": 1, "maxLength": MAX_CLIENT});
    let share = json!({
        "type": ["string", "object"],
        "description": "the share as JSON text, which is kept byte for byte; an object is kept as its JSON came",
    });
    let states: Vec<&str> = PairState::ALL.iter().map(|state| state.word()).collect();
    let state = json!({ "enum": states });
    let labels = [
        ("backupMethod", maybe_text()),
        ("backupSharePairId", maybe_text()),
    ];
    let given = || json!({"type": ["string", "object", "null"]});
    let handed_in = object(&[
        ("backupMethod?", maybe_text()),
        ("backupSharePairId?", maybe_text()),
        ("backupShare?", given()),
        ("encryptedClientBackupShare?", given()),
        ("clientBackupShare?", given()),
        ("cipherText?", given()),
        ("clientCipherText?", given()),
        ("secp256k1Ciphertext?", given()),
        ("ed25519Ciphertext?", given()),
        ("user-backup-share?", json!({"type": "object"})),
        ("custodianBackupShare?", given()),
    ]);
    let [method, pair] = labels;
    let backup = object(&[
        ("id", uuid()),
        method.clone(),
        pair.clone(),
        ("curve", json!({"enum": ["SECP256K1", "ED25519", null]})),
        ("state", state.clone()),
        ("arrivedAt", time()),
        ("stateAt", time()),
    ]);
    let listed_pair = object(&[
        ("backupSharePairId", text()),
        ("state", state.clone()),
        ("hasCustodianShare", flag()),
    ]);
    json!({
        "ClientBackup": handed_in,
        "ClientKept": object(&[
            ("id", json!({"type": ["string", "null"], "format": "uuid"})),
            ("state", state.clone()),
            ("isEncrypted", flag()),
        ]),
        "ClientBackups": object(&[("backups", list(&backup)), ("pairs", list(&listed_pair)), ("next", json!({"type": ["integer", "null"], "description": "`before` of the next answer, where one holds not all"}))]),
        "Stored": object(&[("stored", flag())]),
        "ClientState": object(&[("id", uuid()), method, pair, ("state", state)]),
        "Delivery": object(&[
            ("clientId", client.clone()),
            ("share", share),
            ("backupMethod?", maybe_text()),
            ("backupSharePairId?", maybe_text()),
        ]),
        "Version": object(&[("id", uuid()), ("version", count())]),
        "ClientOf": object(&[("clientId", client)]),
        "CustodianShares": object(&[("backupShares", list(&text())), ("backupShare?", maybe_text())]),
    })
}

fn theirs() -> Value {
    let message =
        json!({"type": ["string", "object"], "description": "what the SDK hands to its app"});
    let reply = json!({
        "type": "object",
        "properties": {
            "result": {"type": "object"},
            "error": object(&[("message", text()), ("code", json!({"type": "integer"}))]),
        },
    });
    let kept = object(&[("passphraseId", text()), ("location", text())]);
    let passphrase = object(&[
        ("passphraseId", text()),
        ("location", text()),
        ("at", time()),
    ]);
    let wallet = object(&[("walletId", uuid())]);
    json!({
        "Message": object(&[("message", message.clone())]),
        "Payload": object(&[("payload", message)]),
        "Reply": reply,
        "Passphrase": passphrase,
        "Passphrases": object(&[("passphrases", list(&passphrase))]),
        "Location": object(&[("location", json!({"type": "string", "minLength": 1, "maxLength": 64}))]),
        "Assigned": object(&[("walletId", uuid()), ("enabled", flag())]),
        "Login": object(&[("id", text())]),
        "DemoDevices": list(&object(&[("deviceId", text()), ("walletId", uuid()), ("createdAt", time())])),
        "WalletOf": wallet,
        "DemoWallets": object(&[("wallets", list(&wallet))]),
        "DemoLatest": object(&[
            ("passphraseId", text()),
            ("deviceId", text()),
            ("createdAt", time()),
            ("location", maybe_text()),
        ]),
        "DemoPassphrase": kept,
        "DemoPassphrases": object(&[("passphrases", list(&kept))]),
        "Success": object(&[("success", flag())]),
    })
}

fn operators() -> Value {
    let event = object(&[
        ("seq", count()),
        ("at", time()),
        ("kind", text()),
        ("outcome", text()),
    ]);
    json!({
        "OperatorReleases": object(&[("releases", list(&object(&[
            ("release", named("Release")),
            ("issuer", text()),
            ("subject", text()),
            ("byService", maybe_text()),
        ]))), ("next", json!({"type": ["string", "null"], "description": "`after` of the next page"}))]),
        "WantedKeys": object(&[("wallets", list(&object(&[("walletId", uuid()), ("file", hex(32))])))]),
        "HandedIn": object(&[
            ("handedIn", list(&object(&[("release", uuid()), ("walletId", uuid())]))),
            ("notWanted", list(&uuid())),
        ]),
        "AuditEvents": object(&[("events", list(&event)), ("last", count())]),
        "Lock": object(&[("reason?", json!({"type": ["string", "null"], "maxLength": 256}))]),
    })
}
