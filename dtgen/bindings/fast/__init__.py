"""The engine that may only say "valid": whatever it doubts, dtschema decides."""
