"""Inputs that have the shape of devicetrees, overlays, descriptions, templates, bindings, tables and logs.

Each is made from random numbers alone: the same numbers give the same input.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dtgen.description import yaml

ROOT = Path(__file__).resolve().parent.parent

NODES = ("bus", "bus@1", "bus@10", "s", "soc@0", "dsp", "dsp@1", "dsp@10", "a", "a-b", "pci@5", "memory@80000000",
         "reserved-memory", "region@90000000", "iommu@15000000", "remoteproc@3", "glink-edge", "video-firmware")  # fmt: skip
COMPATIBLES = ("qcom,sa8775p-adsp-pas", "qcom,sc7180-venus", "arm,mmu-500", "qcom,smmu-500", "arm,smmu-v3", "simple-bus",
               "qcom,fastrpc", "qcom,pcie-sa8775p", "qcom,scm", "shared-dma-pool", "v,unknown", "qcom,sa8775p", "")  # fmt: skip
CELLS = (0, 0, 1, 1, 2, 3, 4, 7, 0x10, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x80000000, 0xFFFFFFFF)
NAMES = ("reg", "ranges", "dma-ranges", "#address-cells", "#size-cells", "#iommu-cells", "#interrupt-cells", "status",
         "iommus", "iommu-map", "iommu-map-mask", "interrupts", "interrupt-parent", "interrupt-map", "memory-region",
         "clocks", "stream-match-mask", "dma-coherent", "compatible", "firmware-name", "no-map", "size", "x", "a,b",
         "interrupts-extended", "gpio-ranges", "msi-parent", "msi-map", "model", "bootargs", "phandles")  # fmt: skip


@dataclass
class Writer:
    """The text of a base and of overlays on it; labels are known from one to the next."""

    rng: random.Random
    labels: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    is_overlay: bool = False

    def base(self) -> str:
        body = self._body("", 0, self.rng.choice((4, 8, 20, 40)))
        head = "/dts-v1/;\n" + ("/memreserve/ 0x1000 0x100;\n" if self.rng.random() < 0.1 else "")
        return f"{head}/ {{\n{body}}};\n"

    def overlay(self) -> str:
        known, self.is_overlay = list(self.labels), True
        fragments = "".join(
            self._fragment(number, known) for number in range(self.rng.choice((1, 1, 2, 3, 6)))
        )
        return f"/dts-v1/;\n/plugin/;\n{fragments}"

    def _fragment(self, number: int, known: list[str]) -> str:
        body = self._body("", 2, self.rng.choice((0, 1, 2, 6)))
        path = self.rng.choice(self.paths or ["/"])
        path = path.split("@")[0] if self.rng.random() < 0.1 else path
        target = self.rng.random()
        if target < 0.6 and known:
            label = self.rng.choice(known if self.rng.random() < 0.95 else ["nowhere"])
            return f"&{label} {{\n{body}}};\n"
        if target < 0.85:
            return f"&{{{path}}} {{\n{body}}};\n"
        return f'/ {{ fragment@{50 + number} {{ target-path = "{path}"; __overlay__ {{\n{body}}}; }}; }};\n'

    def _body(self, path: str, depth: int, size: int) -> str:
        rng = self.rng
        names = dict.fromkeys(rng.choices(NAMES, k=rng.randint(0, 6)))
        if depth == 0:
            names |= dict.fromkeys(("compatible", "#address-cells", "#size-cells"))
        text = "".join(map(self._property, names))
        children: dict[str, str] = {}
        for name in rng.choices(NODES, k=min(size, rng.randint(0, 5)) if depth < 5 else 0):
            if name in children:
                continue
            label = ""
            if rng.random() < 0.6:
                label = f"l{len(self.labels)}: "
                self.labels.append(label[:-2])
            if depth < 2:
                self.paths.append(f"{path}/{name}")
            children[name] = f"{label}{name} {{\n{self._body(f'{path}/{name}', depth + 1, size // 2)}}};\n"
        if rng.random() < 0.03 and depth >= 2:
            text += rng.choice(("/delete-property/ x;\n", "/delete-node/ a;\n"))
        return text + "".join(children.values())

    def _property(self, name: str) -> str:
        value = self.value(name)
        return f"{name} = {value};\n" if value else f"{name};\n"

    def reference(self) -> str:
        if not self.labels or self.rng.random() < 0.03:
            return self.rng.choice(("&nowhere" if self.is_overlay else "0x43", "0x42", "0xffffffff"))
        return f"&{self.rng.choice(self.labels)}"

    def value(self, name: str) -> str:
        rng = self.rng
        if name == "compatible":
            return ", ".join(f'"{c}"' for c in rng.choices(COMPATIBLES, k=rng.randint(1, 2)))
        if name == "status":
            return rng.choice(('"okay"', '"disabled"', '"reserved"', '"okay"'))
        if name.startswith("#"):  # dtc ends at others by an assertion
            return f"<{rng.choice((0, 1, 1, 2, 2, 3))}>"
        if name == "interrupt-parent":
            return f"<{self.reference()}>"
        kind = rng.random()
        if name in ("iommus", "memory-region", "clocks", "interrupts-extended") and kind < 0.85:
            return ", ".join(f"<{self.reference()} {self.cells(0, 2)}>" for _ in range(rng.randint(1, 3)))
        if name in ("iommu-map", "msi-map", "interrupt-map") and kind < 0.85:
            return ", ".join(
                f"<{self.cells(1, 1)} {self.reference()} {self.cells(2, 2)}>"
                for _ in range(rng.randint(1, 2))
            )
        if kind < 0.5:
            return f"<{self.cells(0, 8)}>"
        if kind < 0.6:
            return '"text", "é\\"\\x01"' if rng.random() < 0.2 else '"text"'
        if kind < 0.7:
            return f"[{rng.randbytes(rng.randint(0, 9)).hex()}]"
        if kind < 0.75:
            return f"/bits/ {rng.choice((8, 16, 64))} <{rng.randint(0, 255)} 1>"
        if kind < 0.85:
            return f"&{self.rng.choice(self.labels)}" if self.labels and not self.is_overlay else ""
        return ""

    def cells(self, least: int, most: int) -> str:
        return " ".join(hex(self.rng.choice(CELLS)) for _ in range(self.rng.randint(least, most)))


# Texts of other kinds: one that is right, and what goes wrong with it


@cache
def descriptions() -> dict[str, Any]:
    """dtgen's own, as data."""
    files = sorted((ROOT / "boards").glob("*.yaml"))
    return {file.stem: yaml.parse(file.read_text(), file.name).data for file in files}


ODD: tuple[Any, ...] = (None, True, -1, 0, 1 << 70, 1.5, "", " ", "&x", "a" * 300, "é", "\n", "<&x 1>", "{{ x }}", [], {}, [[]],
                        [None], {"": None}, "soc@0", "../../x", "okay", 0xFFFFFFFF, "/", "/soc@0", ["x", 1])  # fmt: skip


def mutated(rng: random.Random, data: Any, times: int) -> Any:
    """JSON data with values taken away, replaced, copied and moved."""
    data = json.loads(json.dumps(data))
    for _ in range(times):
        places = list(_places(data))
        if not places:
            return data
        holder, key = rng.choice(places)
        kind = rng.randrange(6)
        other_holder, other_key = rng.choice(places)
        if kind == 0:
            del holder[key]
        elif kind <= 2:
            holder[key] = json.loads(json.dumps(rng.choice(ODD)))
        elif kind == 3:
            holder[key] = json.loads(json.dumps(other_holder[other_key]))
        elif kind == 4 and isinstance(holder, dict):
            holder[str(rng.choice(("x", other_key, "", "iommus", "why", "on")))] = holder.pop(key)
        elif isinstance(holder, list):
            holder.insert(key, json.loads(json.dumps(holder[key])))
    return data


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from _places(data[key])


def garbled(rng: random.Random, text: str, tokens: tuple[str, ...] = ()) -> str:
    """A text with lines and words taken away, doubled, exchanged and put in."""
    pieces = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(rng.randint(1, 6)):
        if not pieces:
            break
        at, to = rng.randrange(len(pieces)), rng.randrange(len(pieces))
        kind = rng.randrange(5)
        if kind == 0:
            del pieces[at : at + rng.choice((1, 1, 2, 20))]
        elif kind == 1:
            pieces[at:at] = pieces[to : to + rng.choice((1, 2, 20))]
        elif kind == 2:
            pieces[at], pieces[to] = pieces[to], pieces[at]
        elif kind == 3:
            pieces[at] = rng.choice(
                (*tokens, "\0", "\t", "\n", '"', "<", "{", "}", "\r\n", "0xfffffffff", "é", "\ufeff")
            )
        else:
            pieces[at] += rng.choice(tokens or ("x",))
    return "".join(pieces)


def tree_like(rng: random.Random, binding: dict[str, Any]) -> dict[str, Any]:
    """A binding with words of JSON Schema in odd places."""
    words = ("properties", "patternProperties", "allOf", "oneOf", "if", "then", "$ref", "items", "required", "enum",
             "const", "maxItems", "minItems", "pattern", "type", "select", "unevaluatedProperties", "not")  # fmt: skip
    values = (*ODD, {"$ref": "#"}, {"$ref": "nowhere.yaml#"}, {"pattern": "("}, {"pattern": "^(a+)+$"}, {"items": [{}]},
              {"maxItems": -1}, [{"const": 1}], ["reg"], {"type": "object"}, False)  # fmt: skip
    binding = mutated(rng, binding, rng.randint(0, 3))
    for _ in range(rng.randint(0, 3)):
        places = [holder for holder, _ in _places(binding) if isinstance(holder, dict)]
        if places:
            rng.choice(places)[rng.choice(words)] = json.loads(json.dumps(rng.choice(values)))
    return binding
