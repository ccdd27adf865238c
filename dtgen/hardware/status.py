"""Whether the kernel makes a device of a node."""

from __future__ import annotations

from dtgen.devicetree.tree import Node, Tree

_AVAILABLE = ("okay", "ok")


def unavailable(tree: Tree, node: Node) -> Node | None:
    """The node itself or the nearest above it that is not available; None where all are.

    Nothing below a disabled node gets a device.

    Source: __of_device_is_available() and of_platform_bus_create() in the kernel's drivers/of.
    """
    return next((place for place in (node, *tree.parents(node.path)) if place.status not in _AVAILABLE), None)


def is_available(tree: Tree, node: Node) -> bool:
    """Whether the node and all above it are available."""
    return unavailable(tree, node) is None
