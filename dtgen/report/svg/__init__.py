"""Pictures, as SVG that needs nothing from elsewhere."""
