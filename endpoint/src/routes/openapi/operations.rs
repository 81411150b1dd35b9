//! Every operation of the API: what it takes, what it gives, and how it can be refused beyond what befalls any of them.

use super::operation::{
    Operation, Query,
    Who::{Anybody, Caller, Operator, Portal},
    delete, get, post, put,
};

const FILE: Query = Query {
    name: "file",
    about: "only records of this sealed file: the SHA-256 of its first line",
};
const FROM: Query = Query {
    name: "from",
    about: "the number of the first event",
};
const AFTER: Query = Query {
    name: "after",
    about: "`next` of the page before",
};
const ALL: Query = Query {
    name: "all",
    about: "`true`: every version, newest first",
};
const BEFORE: Query = Query {
    name: "before",
    about: "`next` of the answer before",
};
const STATE: Query = Query {
    name: "state",
    about: "only releases in this state",
};

/// All of them, by path.
pub(super) const OPERATIONS: &[Operation] = &[
    get("/healthz", "whether the process answers", Anybody).gives("Alive"),
    get("/openapi.json", "this description", Anybody).gives("Anything"),
    get("/docs", "this description as a page", Anybody).gives_text("text/html"),
    get("/v1/wallets", "the caller's wallets", Caller).gives("Wallets"),
    post(
        "/v1/wallets/{w}/releases",
        "asks for the server share of a wallet",
        Caller,
    )
    .takes("ReleaseRequest")
    .needs_no_body()
    .answers(&[201])
    .gives("Release")
    .repeatable()
    .on_behalf()
    .refuses(&[403, 409, 422]),
    get(
        "/v1/wallets/{w}/server-share",
        "asks and collects at once, where the policy lets it",
        Caller,
    )
    .gives("ServerShare")
    .on_behalf()
    .refuses(&[403, 409, 410, 422]),
    get("/v1/releases/{id}", "a release as it is now", Caller).gives("Release"),
    delete("/v1/releases/{id}", "cancels a release", Caller)
        .gives("Release")
        .refuses(&[409]),
    post(
        "/v1/releases/{id}/collect",
        "the server share of a release that is ready",
        Caller,
    )
    .gives("Collected")
    .on_behalf()
    .refuses(&[403, 409, 410]),
    get("/v1/wallets/{w}/devices", "the devices of a wallet", Caller).gives("Devices"),
    post(
        "/v1/wallets/{w}/devices/{d}/activate",
        "makes a phone the active one of a device",
        Caller,
    )
    .takes("Activation")
    .answers(&[204])
    .refuses(&[422]),
    post(
        "/v1/wallets/{w}/devices/{d}/backups",
        "keeps an encrypted backup: as an SDK sends it or fetches it, or as lifeboat writes it",
        Caller,
    )
    .takes("Backup")
    .answers(&[201, 200])
    .gives("Kept")
    .repeatable()
    .refuses(&[409, 422]),
    post(
        "/v1/wallets/{w}/devices/{d}/observed",
        "keeps the backup that the live provider acknowledged; 204 where the message was no such",
        Caller,
    )
    .takes("Observed")
    .answers(&[201, 200, 204])
    .gives("Kept")
    .repeatable()
    .refuses(&[409, 422]),
    post(
        "/v1/wallets/{w}/devices/{d}/rpc",
        "a message of the wallet SDK",
        Caller,
    )
    .takes("Message")
    .gives("Reply"),
    get("/v1/wallets/{w}/backups", "all backups of a wallet", Caller).gives("Backups"),
    get(
        "/v1/wallets/{w}/backups/latest",
        "the latest backup, without its content",
        Caller,
    )
    .gives("Latest"),
    get(
        "/v1/wallets/{w}/backups/{id}/content",
        "a backup as its software reads it",
        Caller,
    )
    .gives("BackupContent")
    .gives_text("text/plain")
    .refuses(&[403]),
    put(
        "/v1/wallets/{w}/keys",
        "the key set that a wallet has",
        Caller,
    )
    .takes("KeySet")
    .gives("Completeness")
    .refuses(&[409]),
    get(
        "/v1/passphrases",
        "where the caller keeps passphrases",
        Caller,
    )
    .gives("Passphrases"),
    get(
        "/v1/passphrases/{id}",
        "where one passphrase is kept",
        Caller,
    )
    .gives("Passphrase"),
    put(
        "/v1/passphrases/{id}",
        "notes where a passphrase is kept; never the passphrase",
        Caller,
    )
    .takes("Location")
    .answers(&[204])
    .refuses(&[422]),
    post(
        "/v1/ncw/wallets/{w}/devices/{d}/invoke",
        "a message of the wallet SDK, as the provider takes it",
        Caller,
    )
    .takes("Payload")
    .gives("Reply"),
    get(
        "/v1/ncw/wallets/{w}/backup/latest",
        "the latest backup, as the provider answers it",
        Caller,
    )
    .gives("VendorsLatest"),
    post(
        "/v1/ncw/embedded_wallets/devices/{d}/invoke",
        "a message of the embedded-wallet SDK",
        Caller,
    )
    .takes("Payload")
    .gives("Reply"),
    post(
        "/v1/ncw/embedded_wallets/assign",
        "the caller's wallet, as the embedded-wallet SDK asks for it",
        Caller,
    )
    .gives("Assigned"),
    get(
        "/v1/ncw/embedded_wallets/backup/latest",
        "the latest backup, as the embedded-wallet SDK asks for it",
        Caller,
    )
    .gives("VendorsLatest"),
    post(
        "/api/login",
        "as the provider's demo backend has it",
        Caller,
    )
    .gives("Login"),
    get(
        "/api/devices",
        "as the provider's demo backend has it",
        Caller,
    )
    .gives("DemoDevices"),
    post(
        "/api/devices/{d}/assign",
        "as the provider's demo backend has it",
        Caller,
    )
    .gives("WalletOf"),
    post(
        "/api/devices/{d}/rpc",
        "as the provider's demo backend has it",
        Caller,
    )
    .takes("Message")
    .gives("Reply"),
    get(
        "/api/wallets",
        "as the provider's demo backend has it",
        Caller,
    )
    .gives("DemoWallets"),
    get(
        "/api/wallets/{w}/backup/latest",
        "as the provider's demo backend has it",
        Caller,
    )
    .gives("DemoLatest"),
    get(
        "/api/passphrase",
        "as the provider's demo backend has it",
        Caller,
    )
    .gives("DemoPassphrases"),
    get(
        "/api/passphrase/{id}",
        "as the provider's demo backend has it",
        Caller,
    )
    .gives("DemoPassphrase"),
    post(
        "/api/passphrase/{id}",
        "as the provider's demo backend has it",
        Caller,
    )
    .takes("Location")
    .gives("Success")
    .refuses(&[422]),
    post(
        "/v1/portal/clients/{c}/backups",
        "keeps the client's share of a backup, in any shape that Portal's documents have",
        Caller,
    )
    .takes("ClientBackup")
    .answers(&[201, 200])
    .gives("ClientKept")
    .repeatable()
    .refuses(&[409, 422]),
    get(
        "/v1/portal/clients/{c}/backups",
        "the client's shares: of each method the one to recover with, or all of them",
        Caller,
    )
    .query(&[ALL, BEFORE])
    .gives("ClientBackups"),
    put(
        "/v1/portal/clients/{c}/backups/{id}/state",
        "the app says whether all of a backup is stored",
        Caller,
    )
    .takes("Stored")
    .gives("ClientState")
    .refuses(&[409]),
    post(
        "/portal/backup",
        "keeps a custodian's share as Portal delivers it; below `portal.root`",
        Portal,
    )
    .takes("Delivery")
    .gives("Version"),
    post(
        "/portal/backup/fetch",
        "every version of a client's custodian shares, newest first; below `portal.root`",
        Portal,
    )
    .takes("ClientOf")
    .gives("CustodianShares"),
    get("/readyz", "what is missing", Anybody)
        .for_operators()
        .gives("Readiness"),
    get("/metrics", "for Prometheus", Anybody)
        .for_operators()
        .gives_text("application/openmetrics-text"),
    get("/v1/operator/releases", "releases, by state", Operator)
        .query(&[STATE, AFTER])
        .gives("OperatorReleases"),
    post(
        "/v1/operator/releases/{id}/approve",
        "approves a release",
        Operator,
    )
    .gives("Release")
    .refuses(&[409]),
    post(
        "/v1/operator/releases/{id}/deny",
        "denies a release",
        Operator,
    )
    .gives("Release")
    .refuses(&[409]),
    get(
        "/v1/operator/release-keys",
        "cold mode: the wallets whose record keys are wanted, as `lifeboat unseal --wallets` takes it",
        Operator,
    )
    .query(&[FILE])
    .gives("WantedKeys"),
    post(
        "/v1/operator/release-keys",
        "cold mode: takes what `lifeboat unseal --hand-over-key` writes, one key a line",
        Operator,
    )
    .takes_text("application/x-ndjson")
    .gives("HandedIn")
    .refuses(&[422]),
    get(
        "/v1/operator/audit",
        "events of the audit chain",
        Operator,
    )
    .query(&[FROM])
    .gives("AuditEvents"),
    post(
        "/v1/operator/wallets/{w}/lock",
        "gives nothing of a wallet away",
        Operator,
    )
    .takes("Lock")
    .needs_no_body()
    .answers(&[204])
    .refuses(&[422]),
    post(
        "/v1/operator/wallets/{w}/unlock",
        "takes the lock off",
        Operator,
    )
    .answers(&[204]),
];
