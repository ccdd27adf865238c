"""The examples of a binding as sources of devicetrees, as dt-extract-example makes them.

Source: dtschema's extract_example.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dtgen.records import dataclass

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


def source(examples: Sequence[Example], file: str) -> str:
    """One source of all examples that dtc takes, in which their lines stand where they stand in `file`.

    As in the kernel, an include or a label of the first serves the second.
    """
    # an overlay, so that references to what an example does not show are no errors
    return "/dts-v1/;\n/plugin/;\n" + "".join(_placed(example, file) for example in examples)


def after(example: Example) -> str:
    """What the lines that follow an example are called in its source, instead of a file."""
    return f"<after example {example.number}>"


def _placed(example: Example, file: str) -> str:
    name = file.replace("\\", "\\\\").replace('"', '\\"')
    text = f'\n#line {example.line} "{name}"\n{example.text}\n#line 1 "{after(example)}"\n'
    if _ROOT.search(example.text):
        return text
    return (
        '/ {\ncompatible = "foo";\nmodel = "foo";\n#address-cells = <1>;\n#size-cells = <1>;\n'
        f"example-{example.number} {{\n#address-cells = <1>;\n#size-cells = <1>;\n"
        f"{_interrupt_parent(example)}{text}}};\n}};\n"
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
