"""dtgen: generate, apply and validate device-tree overlays."""

__version__ = "0.1.0"
