"""What loaders and builds read to find devicetrees and overlays: one format a file."""
