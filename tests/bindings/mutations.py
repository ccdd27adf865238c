"""Decoded trees made wrong in many ways, also in ways that no blob decodes to."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from dtschema.lib import sized_int

VALUES: tuple[Any, ...] = (
    True, sized_int(7), sized_int(1, size=64), sized_int(3, size=8), [[sized_int(1)]], [sized_int(7)],
    [[sized_int(1), sized_int(2)], [sized_int(3)]], [sized_int(1, size=8)] * 3, ["x"], ["okay"], ["a", "b", "a"],
    b"\x01\x02", b"abc\0", [["x"]], [], [[]], {}, {"reg": [[sized_int(1)]]},
)  # fmt: skip
NODE_NAMES = ("Z_z", "cpu@1", "i2c@0", "port", "ports", "pinctrl", "dma-controller@0", "opp-table")


def mutate(
    root: dict[str, Any], random: Random, compatibles: list[str], names: list[str], times: int
) -> None:
    """Change the tree `times` times; `compatibles` and `names`: those that the bindings know."""
    nodes = list(_nodes(root))
    for _ in range(times):
        parent, name, node = random.choice(nodes)
        properties = [key for key, value in node.items() if not isinstance(value, dict)] or [""]
        chosen = random.choice(properties)
        match random.randrange(9):
            case 0:
                node.pop(chosen, None)
            case 1 if chosen != "compatible":
                node[chosen] = random.choice(VALUES)
            case 2 if chosen:
                value = node.pop(chosen)
                node[
                    random.choice([chosen + "s", chosen[:-1] or "x", "zz," + chosen, random.choice(names)])
                ] = value
            case 3:
                node[random.choice(names)] = random.choice(VALUES)
            case 4:
                had = node.get("compatible")
                node["compatible"] = [random.choice(compatibles), *(had if isinstance(had, list) else ())]
            case 5 if isinstance(value := node.get(chosen), list) and value:
                node[chosen] = random.choice([value + value, value[:-1] or value, value[::-1]])
            case 6 if name in parent:
                parent.setdefault(random.choice([name.partition("@")[0], *NODE_NAMES]), parent.pop(name))
            case 7:
                node["status"] = random.choice((["disabled"], ["okay"], ["bad"], True))
            case 8:
                other, source = random.choice(nodes)[1:]
                if source is not node:
                    node.setdefault(other, copy.deepcopy(source))


def _nodes(node: dict[str, Any]) -> Any:
    for name, child in node.items():
        if isinstance(child, dict):
            yield node, name, child
            yield from _nodes(child)
