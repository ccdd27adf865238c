"""Systems to check: literal ones, and boards of the kernel with a defect in an overlay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge


@pytest.fixture(scope="session")
def system(dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> Callable[..., System]:
    """The body of a board, and an overlay that is applied to it where there is one."""

    def literal(body: str, overlay: str = "", **options: Any) -> System:
        return _system(dtb(f"/ {{\n{body}\n}};"), dtbo(overlay) if overlay else None, **options)

    return literal


@pytest.fixture(scope="session")
def seeded(compiled: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> Callable[..., System]:
    """A board of the kernel, `lemans-evk`, and an overlay that is applied to it."""

    def real(board: str, overlay: str, **options: Any) -> System:
        return _system(compiled(f"{board}.dts"), dtbo(overlay), **options)

    return real


def _system(data: bytes, overlay: bytes | None, **options: Any) -> System:
    tree = blob.read(data, "test.dtb")
    if overlay is None:
        return System(Merged.unchanged(tree, data), **options)
    return System(merge(tree, data, Overlay.of(blob.read(overlay, "test.dtbo")), overlay), **options)
