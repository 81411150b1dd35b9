//! docs/schema is written from the types of outcomes, and a test holds it equal: `LIFEBOAT_WRITE_SCHEMAS=1 cargo test schema`.

use std::{collections::BTreeMap, fs, path::Path};

use clap::CommandFactory;
use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Value, json};

use super::{
    Finished, Refused, SCHEMA_VERSION, batch, device, drill, events, full_keys, keys, kit, portal,
    program,
};
use crate::args::Args;

/// The ends that a command can come to: their objects, one of which is printed.
type Ends = fn(&mut SchemaGenerator) -> Vec<Schema>;

/// Every command, and what it prints at its end.
const COMMANDS: [(&str, Ends); 36] = [
    ("check", ends::<batch::Checked>),
    ("completions", ends::<program::Text>),
    ("confirm-eddsa", ends::<batch::EddsaConfirmed>),
    ("derive", ends::<batch::Derive>),
    ("doctor", ends::<program::Doctor>),
    ("drill", ends::<drill::Drilled>),
    ("errors", either::<program::ErrorList, program::ErrorEntry>),
    ("export", ends::<full_keys::Exported>),
    ("guide", never),
    ("help", ends::<program::Text>),
    ("key check", ends::<keys::KeyChecked>),
    ("key join", ends::<keys::KeyJoined>),
    ("key show", ends::<keys::KeyShow>),
    ("keygen", ends::<keys::Keygen>),
    ("kit create", ends::<kit::Created>),
    ("kit inspect", ends::<kit::KitInspect>),
    ("kit verify", ends::<kit::Verified>),
    ("man", either::<program::Text, program::Pages>),
    ("merge", ends::<batch::Merge>),
    ("portal cloud-name", ends::<portal::CloudName>),
    ("portal decrypt", ends::<portal::Decrypted>),
    ("portal eject", ends::<portal::Ejected>),
    ("portal inspect", ends::<portal::Inspected>),
    ("portal open", ends::<batch::Opened>),
    ("portal repair", ends::<portal::Repaired>),
    ("portal seal", ends::<portal::SharesSealed>),
    ("rewrap", ends::<batch::Rewrapped>),
    ("seal", ends::<batch::Sealed>),
    ("share backup", ends::<device::ShareBackedUp>),
    ("share generate-passphrase", ends::<device::PassphraseMade>),
    (
        "share recover",
        either::<device::ShareRecovered, device::SharesRecovered>,
    ),
    ("sign", ends::<full_keys::Signed>),
    (
        "takeover",
        either::<full_keys::TakenOver, full_keys::AllTakenOver>,
    ),
    ("unseal", ends::<batch::Opened>),
    ("version", ends::<program::Text>),
    ("workspace", ends::<kit::Workspace>),
];

fn ends<F: JsonSchema + 'static>(generator: &mut SchemaGenerator) -> Vec<Schema> {
    let mut schema = Finished::<'static, F>::json_schema(generator);
    describe::<F>(&mut schema, generator);
    // The error is there where `ok` is false, and nowhere else.
    schema.insert(
        "if".to_owned(),
        json!({ "properties": { "ok": { "const": true } } }),
    );
    schema.insert(
        "then".to_owned(),
        json!({ "properties": { "error": false } }),
    );
    schema.insert("else".to_owned(), json!({ "required": ["error"] }));
    vec![schema]
}

/// Of a command that takes no `--json`: it only refuses.
fn never(_: &mut SchemaGenerator) -> Vec<Schema> {
    Vec::new()
}

fn either<A: JsonSchema + 'static, B: JsonSchema + 'static>(
    generator: &mut SchemaGenerator,
) -> Vec<Schema> {
    [ends::<A>(generator), ends::<B>(generator)].concat()
}

/// What was taken in with the fields would describe the whole.
fn describe<F: JsonSchema>(schema: &mut Schema, generator: &mut SchemaGenerator) {
    let own = F::json_schema(generator);
    let description = own.get("description").cloned().unwrap_or_default();
    schema.insert("description".to_owned(), description);
}

fn refused(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Refused::<'static>::json_schema(generator);
    schema.insert(
        "description".to_owned(),
        "The command did not come to its end.".into(),
    );
    set(&mut schema, "ok", json!({ "const": false }));
    schema
}

/// The only value that a field takes.
fn set(schema: &mut Schema, field: &str, value: Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    properties
        .expect("an object has properties")
        .insert(field.to_owned(), value);
}

/// The schema of a command; with `None`, of a command line that was not understood.
fn of_command(command: Option<&str>, ends: Option<Ends>) -> Value {
    let mut generator = generator();
    let mut all = ends.map_or_else(Vec::new, |ends| ends(&mut generator));
    all.push(refused(&mut generator));
    for schema in &mut all {
        set(schema, "command", json!({ "const": command }));
        set(schema, "schemaVersion", json!({ "const": SCHEMA_VERSION }));
    }
    let title = match command {
        Some(command) => format!("lifeboat {command} --json"),
        None => "a command line that was not understood, with --json".to_owned(),
    };
    let name = command.unwrap_or("usage");
    whole(name, &title, json!({ "anyOf": all }), generator)
}

/// The schema of a type that is a text of its own.
fn of_type<T: JsonSchema>(name: &str, title: &str) -> Value {
    let mut generator = generator();
    let schema = T::json_schema(&mut generator);
    whole(name, title, json!(schema), generator)
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
}

/// Closes every object: a field that no schema has is a mistake.
fn whole(name: &str, title: &str, schema: Value, mut generator: SchemaGenerator) -> Value {
    let mut schema = Schema::try_from(schema).expect("an object is a schema");
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    RecursiveTransform(|schema: &mut Schema| {
        if schema.get("type").is_some() && schema.get("properties").is_some() {
            schema.insert("additionalProperties".to_owned(), false.into());
        }
        // What it adds to `integer` no validator has to know.
        schema.remove("format");
    })
    .transform(&mut schema);
    let settings = SchemaSettings::draft2020_12();
    schema.insert(
        "$schema".to_owned(),
        settings.meta_schema.expect("the draft has one").into(),
    );
    let id = format!("urn:lifeboat:{SCHEMA_VERSION}:{}", name.replace(' ', "-"));
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), title.into());
    schema.into()
}

/// Every file of docs/schema.
fn all() -> BTreeMap<String, String> {
    let commands = COMMANDS.into_iter().map(|(command, ends)| {
        let schema = of_command(Some(command), Some(ends));
        (command.replace(' ', "-"), schema)
    });
    let others = [
        ("usage", of_command(None, None)),
        (
            "report-kit-verify",
            of_type::<kit::Report>("report-kit-verify", "lifeboat kit verify --report"),
        ),
        (
            "report-drill",
            of_type::<drill::Report>("report-drill", "lifeboat drill --report"),
        ),
        (
            "progress",
            of_type::<events::Progress<'static>>("progress", "a line of --json-progress"),
        ),
    ];
    let others = others.map(|(name, schema)| (name.to_owned(), schema));
    commands
        .chain(others)
        .map(|(name, schema)| (format!("{name}.json"), format!("{schema:#}\n")))
        .collect()
}

#[test]
fn docs_schema_is_written_from_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    let all = all();
    if std::env::var_os("LIFEBOAT_WRITE_SCHEMAS").is_some() {
        fs::create_dir_all(&folder).expect("docs can be written");
        for (name, text) in &all {
            fs::write(folder.join(name), text).expect("docs can be written");
        }
    }

    for (name, text) in &all {
        let written = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            written == *text,
            "docs/schema/{name} is not what the types say: `LIFEBOAT_WRITE_SCHEMAS=1 cargo test schema` writes it"
        );
    }
    let names = fs::read_dir(&folder).expect("docs can be read").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    for name in names.filter(|name| name.ends_with(".json")) {
        assert!(all.contains_key(&name), "docs/schema/{name} is of nothing");
    }
}

#[test]
fn every_command_has_a_schema() {
    fn commands(command: &clap::Command, words: &str, found: &mut Vec<String>) {
        for sub in command.get_subcommands() {
            let words = format!("{words} {}", sub.get_name());
            if sub.has_subcommands() {
                commands(sub, &words, found);
            } else {
                found.push(words.trim().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    commands(&Args::command(), "", &mut found);
    found.extend(["help".to_owned(), "version".to_owned()]);
    found.sort();

    let known: Vec<&str> = COMMANDS.iter().map(|(command, _)| *command).collect();
    assert_eq!(found, known);
}
