"""Overlays that exist, as descriptions."""
