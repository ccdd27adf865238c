"""A set of schema files: read, checked, prepared, packed, kept."""
