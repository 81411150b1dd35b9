//! What the program says to programs, held against docs/schema by a validator that is not ours.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Mutex, OnceLock},
};

use jsonschema::Validator;
use serde_json::Value;

/// Every outcome and every line of progress that a run shows is as its schema says.
#[track_caller]
pub(crate) fn conforms(stdout: &str, stderr: &str) {
    if stdout.starts_with("{\n  \"ok\":")
        && let Ok(outcome) = serde_json::from_str::<Value>(stdout)
    {
        outcome_conforms(&outcome);
    }
    for line in stderr.lines().filter(|line| line.starts_with("{\"event\"")) {
        if let Ok(event) = serde_json::from_str(line) {
            is_as("progress", &event);
        }
    }
}

/// An outcome is as the schema of its command says.
#[track_caller]
pub(crate) fn outcome_conforms(outcome: &Value) {
    let command = outcome["command"].as_str().unwrap_or("usage");
    is_as(&command.replace(' ', "-"), outcome);
}

/// A value is as a schema of docs/schema says.
#[track_caller]
pub(crate) fn is_as(schema: &str, value: &Value) {
    let errors = errors(schema, value);
    assert!(
        errors.is_empty(),
        "not as docs/schema/{schema}.json says: {errors:?}\n{value:#}"
    );
}

/// What a schema has against a value.
pub(crate) fn errors(schema: &str, value: &Value) -> Vec<String> {
    static VALIDATORS: OnceLock<Mutex<HashMap<String, Validator>>> = OnceLock::new();

    let validators = VALIDATORS.get_or_init(Mutex::default);
    let mut validators = validators.lock().unwrap();
    let validator = validators
        .entry(schema.to_owned())
        .or_insert_with(|| validator(schema));
    let errors = validator.iter_errors(value);
    errors.map(|error| error.to_string()).collect()
}

fn validator(schema: &str) -> Validator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    let path = folder.join(format!("{schema}.json"));
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schema = serde_json::from_slice(&text).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}
