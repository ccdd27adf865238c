"""Labels of the base that a description gives to its own nodes, and refers to: dtc takes them for its own."""

from __future__ import annotations

from dtgen.description.board import Board
from dtgen.description.values import NodeSource, labels
from dtgen.devicetree.tree import Tree
from dtgen.errors import Rejected, error
from dtgen.rules import label_clash


def refuse(board: Board, base: Tree) -> None:
    """Raises: Rejected, for each of them."""
    nodes = [node for target in board.targets for node in target.walk()]
    used = {target.target for target in board.targets}
    used |= {label for node in nodes for prop in node.properties for label in labels(prop.value)}
    found = []
    for node in nodes:
        if not isinstance(node, NodeSource) or node.label not in used:
            continue
        if base.symbols.get(node.label, node.name).rpartition("/")[2] != node.name:
            message = f"the base has the label {node.label} already, and this description refers to it"
            at = node.label_location or node.location
            found.append(error(label_clash.ID, message, at, "give the node another label"))
    if found:
        raise Rejected(*found)
