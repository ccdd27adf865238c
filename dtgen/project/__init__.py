"""Where things are, what `dtgen.toml` says, and the only reader and writer of the user's files."""
