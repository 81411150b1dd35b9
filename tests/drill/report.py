"""Holds a report against its schema in docs/schema: the words of JSON Schema that are written there, and no others.

Usage: report.py SCHEMA.json REPORT.json
"""
import json
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
SILENT = {"$schema", "$id", "$defs", "title", "description"}
OF_OBJECTS = {"required", "properties", "additionalProperties"}


def is_of(kind, value):
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


def faults(schema, value, root, place):
    if schema is True:
        return []
    if schema is False:
        return [f"{place}: nothing belongs here"]
    found = []
    for word, rule in schema.items():
        if word in SILENT or word in OF_OBJECTS and not isinstance(value, dict):
            continue
        if word == "type":
            kinds = rule if isinstance(rule, list) else [rule]
            if not any(is_of(kind, value) for kind in kinds):
                found.append(f"{place}: expected {rule}")
        elif word == "$ref":
            target = root
            for name in rule.removeprefix("#/").split("/"):
                target = target[name]
            found += faults(target, value, root, place)
        elif word == "anyOf":
            if all(faults(one, value, root, place) for one in rule):
                found.append(f"{place}: none of those that may be there")
        elif word == "oneOf":
            if sum(not faults(one, value, root, place) for one in rule) != 1:
                found.append(f"{place}: not exactly one of those that may be there")
        elif word == "const":
            found += [] if value == rule else [f"{place}: expected {rule}"]
        elif word == "enum":
            found += [] if value in rule else [f"{place}: expected one of {rule}"]
        elif word == "minimum":
            found += [] if value is None or value >= rule else [f"{place}: below {rule}"]
        elif word == "items":
            for index, item in enumerate(value if isinstance(value, list) else []):
                found += faults(rule, item, root, f"{place}[{index}]")
        elif word == "required":
            found += [f"{place}: no {name}" for name in rule if name not in value]
        elif word == "properties":
            for name, inner in rule.items():
                if name in value:
                    found += faults(inner, value[name], root, f"{place}.{name}")
        elif word == "additionalProperties":
            known = schema.get("properties", {})
            for name in value.keys() - known.keys():
                found += faults(rule, value[name], root, f"{place}.{name}")
        else:
            raise SystemExit(f"the schema says `{word}`, which is not known here")
    return found


def main():
    schema, report = (json.load(open(path)) for path in sys.argv[1:3])
    found = faults(schema, report, schema, "report")
    if found:
        raise SystemExit("\n".join(found))
    if not report["held"]:
        raise SystemExit(f"the drill did not hold: {report['problems']}")
    print(len(report["steps"]), "steps held")


main()
