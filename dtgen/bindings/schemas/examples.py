"""The examples of a binding as sources of devicetrees, as dt-extract-example makes them.

Source: dtschema's extract_example.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ROOT = re.compile(r"/\s*\{")
_INTERRUPTS = re.compile(r"\sinterrupts\s*=\s*<([0-9a-zA-Z |()_]+)>")
_MACRO = re.compile(r"\(.+|\)")


@dataclass(frozen=True, slots=True)
class Example:
    """One entry of `examples:`."""

    number: int
    """From 0, as in the names of the nodes that dt-extract-example makes."""
    line: int
    """Of its text in the binding, from 1."""
    text: str


def source(example: Example, file: str) -> str:
    """A source that dtc takes, in which the example's lines stand where they stand in `file`."""
    name = file.replace("\\", "\\\\").replace('"', '\\"')
    placed = f'\n#line {example.line} "{name}"\n{example.text}\n#line 1 "<example>"\n'
    # an overlay, so that references to what the example does not show are no errors
    head = "/dts-v1/;\n/plugin/;\n"
    if _ROOT.search(example.text):
        return head + placed
    return (
        f'{head}/ {{\ncompatible = "foo";\nmodel = "foo";\n#address-cells = <1>;\n#size-cells = <1>;\n'
        f"example-{example.number} {{\n#address-cells = <1>;\n#size-cells = <1>;\n"
        f"{_interrupt_parent(example)}{placed}}};\n}};\n"
    )


def _interrupt_parent(example: Example) -> str:
    found = _INTERRUPTS.search(example.text)
    cells = len(_MACRO.sub("0", found[1]).split()) if found else 0
    if not cells:
        return ""
    name = f"fake_intc{example.number}"
    return (
        f"interrupt-parent = <&{name}>;\n{name}: fake-interrupt-controller {{\n"
        f"interrupt-controller;\n#interrupt-cells = <{cells}>;\n}};\n"
    )
