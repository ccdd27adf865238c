"""All that is said of a tree or a source: by rules, by bindings, by dtc; placed, compared, allowed, kept."""
