"""JSON Schema compiled to functions that only tell whether a value is valid; jsonschema tells why not."""
