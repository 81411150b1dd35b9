//! Values as databases export them, each inside an object that names its type (FORMATS.md §15, §21).

use super::json::{Kind, Value};

/// A value without the type that databases put around it: DynamoDB's `{"S": …}`, `{"N": …}`, `{"B": …}`, `{"M": …}`,
/// `{"L": …}`, Firestore's `{"stringValue": …}` and `{"mapValue": {"fields": …}}`, MongoDB's `{"$binary": {"base64": …}}`; any
/// other value as it is.
#[must_use]
pub fn untyped<'a>(value: &Value<'a>) -> Value<'a> {
    const TYPES: [&str; 8] = [
        "S",
        "N",
        "B",
        "M",
        "L",
        "stringValue",
        "integerValue",
        "bytesValue",
    ];
    const NESTED: [[&str; 2]; 3] = [
        ["mapValue", "fields"],
        ["arrayValue", "values"],
        ["$binary", "base64"],
    ];
    let inner = || {
        let object = value.object().ok()?;
        let is_alone = object.members().nth(1).is_none();
        let plain = || TYPES.iter().find_map(|name| object.find(name));
        let nested = || {
            let mut found = NESTED
                .iter()
                .filter_map(|[outer, inner]| object.find(outer)?.find(inner).ok()?);
            found.next()
        };
        if is_alone {
            plain().or_else(nested)
        } else {
            None
        }
    };
    match value.kind() {
        Kind::Object => inner().unwrap_or_else(|| value.clone()),
        _ => value.clone(),
    }
}

/// The JSON text of a value, with no type around it nor around what is in it.
#[must_use]
pub fn without_types(value: &Value<'_>) -> String {
    let mut text = String::with_capacity(value.raw().len());
    write_plain(value, &mut text);
    text
}

fn write_plain(value: &Value<'_>, text: &mut String) {
    let value = untyped(value);
    match (value.object(), value.elements()) {
        (Ok(object), _) => {
            text.push('{');
            for (index, (name, member)) in object.named().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                text.push_str(&serde_json::Value::from(name).to_string());
                text.push(':');
                write_plain(&member, text);
            }
            text.push('}');
        }
        (_, Ok(elements)) => {
            text.push('[');
            for (index, element) in elements.enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_plain(&element, text);
            }
            text.push(']');
        }
        _ => text.push_str(value.raw()),
    }
}
