//! docs/schema/examples: what `--json` prints for the examples of the help pages. `LIFEBOAT_WRITE_SCHEMAS=1` writes them.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::help::{commands, examples, help, order};
use crate::support::{
    demo::{demo, has, put_exported_key, typed},
    schema::outcome_conforms,
};

/// Longest list and longest text of an example.
const MOST_ITEMS: usize = 2;
const MOST_LETTERS: usize = 160;

/// What depends on the machine that wrote them.
const OF_THE_MACHINE: [&str; 3] = ["not_offline", "not_confined", "wrong_clock"];

#[test]
fn every_command_has_an_outcome_of_its_schema_to_show() {
    if !has("python3") {
        return;
    }
    let folder = demo();
    put_exported_key(&folder);
    let pages: Vec<(String, Vec<String>)> = commands()
        .into_iter()
        .map(|path| (path.clone(), examples(&help(&path))))
        .collect();

    let (mut done, mut shown) = (BTreeSet::new(), BTreeSet::new());
    // The page's example puts what it shows into a file.
    let completions = "lifeboat completions bash".to_owned();
    let lines = order(&pages).into_iter().map(|(_, line)| line);
    for line in lines.chain([&completions]) {
        if !done.insert(line) {
            continue;
        }
        let has_object = has_object(line);
        let line = if has_object {
            format!("{line} --json >outcome")
        } else {
            line.clone()
        };
        let said = typed(&folder, &line);
        assert_eq!(said.exit, 0, "{line}\n{}", said.stdout);
        if !has_object {
            continue;
        }
        let outcome = folder.read_json("outcome");
        outcome_conforms(&outcome);
        let name = outcome["command"].as_str().unwrap().replace(' ', "-");
        if shown.insert(name.clone()) {
            is_shown(&name, &line, outcome);
        }
    }
    let known = names("docs/schema");
    let without: Vec<&String> = known.iter().filter(|name| !shown.contains(*name)).collect();
    // `help` and `version` show what `completions` and `man` do; the others are no outcomes of a command.
    // The guide is a conversation.
    let expected = [
        "guide",
        "help",
        "progress",
        "report-drill",
        "report-kit-verify",
        "usage",
        "version",
    ];
    assert_eq!(without, expected);
    assert_eq!(names("docs/schema/examples"), shown);
}

/// Whether `--json` at the end of the line gives an object: not where standard output is the result's.
fn has_object(line: &str) -> bool {
    let last = line.rsplit(" | ").next().unwrap();
    last.starts_with("lifeboat ")
        && !last.starts_with("lifeboat guide")
        && !line.contains(['>', '<', ';', '&'])
        && !line.contains(" --reveal")
}

/// The example in docs has the fields of the outcome: values differ from run to run.
fn is_shown(name: &str, line: &str, mut outcome: Value) {
    shorten(&mut outcome);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/examples");
    let file = folder.join(format!("{name}.json"));
    if std::env::var_os("LIFEBOAT_WRITE_SCHEMAS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, format!("{outcome:#}\n")).unwrap();
    }

    let text = fs::read_to_string(&file).unwrap_or_else(|_| "null".to_owned());
    let example: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(fields(&example), fields(&outcome), "{name}.json: {line}");
    outcome_conforms(&example);
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| {
                let code = item["code"].as_str().unwrap_or_default();
                !OF_THE_MACHINE.contains(&code)
            });
            items.truncate(MOST_ITEMS);
            items.iter_mut().for_each(shorten);
        }
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::String(text) if text.chars().count() > MOST_LETTERS => {
            *text = text.chars().take(MOST_LETTERS).chain(['…']).collect();
        }
        _ => {}
    }
}

/// The names of all fields, with the way to each.
fn fields(value: &Value) -> BTreeSet<String> {
    fn collect(value: &Value, way: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let way = format!("{way}.{name}");
                    collect(value, &way, found);
                    found.insert(way);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, way, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(value, "", &mut found);
    found
}

fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect()
}
