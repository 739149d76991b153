"""Examples of the API's requests and responses, made from the examples of their fields."""

from collections.abc import Mapping
from typing import Any

type Schema = Mapping[str, Any]

EXAMPLES_BY_TYPE: Mapping[str, Any] = {"string": "", "integer": 1, "boolean": False}


def add_examples(description: dict[str, Any]) -> None:
    """Give each JSON request and response of the OpenAPI description an example."""
    schemas = description.get("components", {}).get("schemas", {})
    for path in description.get("paths", {}).values():
        for operation in path.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for body in bodies:
                for content in body.get("content", {}).values():
                    content.setdefault("example", example_of(content["schema"], schemas))


def example_of(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """An example that the schema allows: the field's own, or one of its type.

    What may be null and has no example of its own is null.
    """
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if own := schema.get("examples") or schema.get("enum"):
        return own[0]
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return {name: example_of(field, schemas) for name, field in fields.items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    return None if "anyOf" in schema else EXAMPLES_BY_TYPE[schema["type"]]
