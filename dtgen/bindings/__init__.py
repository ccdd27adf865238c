"""dt-schema bindings: sets of schemas, and nodes checked against them."""
