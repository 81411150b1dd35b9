//! The three formats of exported keys: lines for people, JSON, CSV (FORMATS.md §18).

use super::{asset_key::AssetKey, private_key::PrivateForm};
use crate::{crypto::secret::SecretText, formats::printable};

/// How exported keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Lines for people.
    Table,
    /// An array of objects.
    Json,
    /// One row per key.
    Csv,
}

/// The text of an export: UTF-8, one key after another in the order given; private keys only with `reveal`.
#[must_use]
pub fn write_export(keys: &[AssetKey], format: ExportFormat, reveal: bool) -> SecretText {
    let mut out = String::new();
    match format {
        ExportFormat::Table => keys
            .iter()
            .for_each(|key| table_line(key, reveal, &mut out)),
        ExportFormat::Json => json_array(keys, reveal, &mut out),
        ExportFormat::Csv => csv_rows(keys, reveal, &mut out),
    }
    SecretText::new(out)
}

fn table_line(key: &AssetKey, reveal: bool, out: &mut String) {
    if let Some(id) = key.wallet_id {
        push(out, &["wallet ", id.as_str(), "\n"]);
    }
    if let Some(client) = &key.client_id {
        push(out, &["client ", &printable(client), "\n"]);
    }
    if let Some(keyset) = key.keyset {
        push(out, &["keyset ", &keyset.to_string(), "\n"]);
    }
    let kind = key
        .script
        .map_or(String::new(), |script| format!(" ({})", script.name()));
    push(out, &[key.chain.name, " ", &key.path.to_string(), "\n"]);
    if !key.address.is_empty() {
        push(out, &["  address      ", &key.address, &kind, "\n"]);
    }
    push(out, &["  public key   ", &key.public_key.to_hex(), "\n"]);
    if let Some(private) = key.private_text().filter(|_| reveal) {
        push(out, &["  private key  ", private.expose(), "\n"]);
        push(
            out,
            &["               ", PrivateForm::of(key.chain).label(), "\n"],
        );
    }
    for import in key.wallet_imports().iter().filter(|_| reveal) {
        let software = format!("  {:<13}", import.software);
        push(out, &[&software, import.text.expose(), "\n"]);
    }
}

fn json_array(keys: &[AssetKey], reveal: bool, out: &mut String) {
    out.push('[');
    for (index, key) in keys.iter().enumerate() {
        let quoted =
            |text: Option<String>| text.map_or("null".to_owned(), |text| format!("\"{text}\""));
        push(
            out,
            &[
                if index == 0 { "\n" } else { ",\n" },
                "{\"walletId\":",
                &quoted(key.wallet_id.map(|id| id.to_string())),
            ],
        );
        if let Some(client) = &key.client_id {
            let client = serde_json::Value::from(client.as_str()).to_string();
            push(out, &[",\"clientId\":", &client]);
        }
        if let Some(keyset) = key.keyset {
            push(out, &[",\"keysetId\":", &keyset.to_string()]);
        }
        push(
            out,
            &[
                ",\"chain\":\"",
                key.chain.name,
                "\",\"path\":\"",
                &key.path.to_string(),
            ],
        );
        push(
            out,
            &[
                "\",\"publicKey\":\"",
                &key.public_key.to_hex(),
                "\",\"address\":\"",
                &key.address,
            ],
        );
        push(
            out,
            &[
                "\",\"addressType\":",
                &quoted(key.script.map(|script| script.name().to_owned())),
            ],
        );
        if let Some(private) = key.private_text().filter(|_| reveal) {
            let form = PrivateForm::of(key.chain);
            push(
                out,
                &[
                    ",\"privateKey\":\"",
                    private.expose(),
                    "\",\"privateKeyForm\":\"",
                    form.name(),
                ],
            );
            push(out, &["\",\"privateKeyLabel\":\"", form.label(), "\""]);
            imports_object(key, out);
        }
        out.push('}');
    }
    out.push_str("\n]\n");
}

/// What each wallet software takes, by its name.
fn imports_object(key: &AssetKey, out: &mut String) {
    out.push_str(",\"walletImports\":{");
    for (index, import) in key.wallet_imports().iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        push(out, &[comma, "\"", import.software, "\":\""]);
        for letter in import.text.expose().chars() {
            if letter == '"' {
                out.push('\\');
            }
            out.push(letter);
        }
        out.push('"');
    }
    out.push('}');
}

fn csv_rows(keys: &[AssetKey], reveal: bool, out: &mut String) {
    // Keys of wallets have no keyset: their lists are as they were.
    let has_keysets = keys.iter().any(|key| key.keyset.is_some());
    out.push_str("wallet_id,chain,path,public_key,address,address_type");
    out.push_str(if has_keysets { ",keyset_id" } else { "" });
    out.push_str(if reveal {
        ",private_key,private_key_form,private_key_label,electrum_import,core_import\n"
    } else {
        "\n"
    });
    for key in keys {
        let client = key.client_id.as_deref().map(csv_field);
        let wallet = key
            .wallet_id
            .map(|id| id.to_string())
            .or(client)
            .unwrap_or_default();
        let kind = key.script.map_or("", |script| script.name());
        let fields = [
            wallet.as_str(),
            key.chain.name,
            &key.path.to_string(),
            &key.public_key.to_hex(),
            &key.address,
            kind,
        ];
        for (index, field) in fields.into_iter().enumerate() {
            push(
                out,
                &[
                    if index == 0 { "" } else { "," },
                    escape_formula(field),
                    field,
                ],
            );
        }
        if has_keysets {
            let keyset = key.keyset.map(|keyset| keyset.to_string());
            push(out, &[",", &keyset.unwrap_or_default()]);
        }
        if let Some(private) = key.private_text().filter(|_| reveal) {
            let form = PrivateForm::of(key.chain);
            push(
                out,
                &[
                    ",",
                    escape_formula(private.expose()),
                    private.expose(),
                    ",",
                    form.name(),
                    ",\"",
                    form.label(),
                    "\"",
                ],
            );
            import_fields(key, out);
        }
        out.push('\n');
    }
}

/// A text of somebody else's as a field: in quotes where it has to be.
fn csv_field(text: &str) -> String {
    let plain = printable(text);
    if plain.contains([',', '"']) {
        format!("\"{}\"", plain.replace('"', "\"\""))
    } else {
        plain
    }
}

/// Two columns, for Electrum and Bitcoin Core or their twins of the chain; empty where neither takes such a key.
fn import_fields(key: &AssetKey, out: &mut String) {
    let imports = key.wallet_imports();
    for is_descriptor in [false, true] {
        out.push(',');
        let mut fitting = imports
            .iter()
            .filter(|import| import.is_descriptor == is_descriptor);
        let Some(import) = fitting.next() else {
            continue;
        };
        out.push('"');
        for letter in import.text.expose().chars() {
            if letter == '"' {
                out.push('"');
            }
            out.push(letter);
        }
        out.push('"');
    }
}

/// What keeps a spreadsheet from taking a field for a formula.
fn escape_formula(field: &str) -> &'static str {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    }
}

fn push(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}
