"""A sample of what `tests/corpus_7_2.py` holds of Linux v7.2: errors that are known to be true, and no others."""

from __future__ import annotations

from pathlib import Path

from corpus_7_2 import OVERLAYS, checked

from dtgen.commands.check import check
from dtgen.commands.check_bases import Options
from dtgen.project import layout
from dtgen.project.layout import KernelTree

SAMPLE = (
    "amlogic/meson-khadas-vim3-ts050",  # empty entries among clocks
    "qcom/lemans-evk-ifp-mezzanine",  # iommu-map of five cells
    "renesas/r8a77970-eagle-function-expansion",
    "ti/k3-am654-idk",  # the last but one of a composite on a composite
    "ti/k3-am654-pcie-usb2",
)


def test_every_error_is_true(linux_7_2: KernelTree, shared_directory: Path) -> None:
    """By the rules; the bindings of v7.2 would take longer to prepare than all of this."""
    options = Options(bindings=layout.builtin_bindings())
    files = [linux_7_2.source(f"{name}.dtso") for name in SAMPLE]
    result = check(files, options, shared_directory / "cache", lambda what, done, of: None)
    known = {said for said in OVERLAYS if said.startswith(SAMPLE) and ".yaml]" not in said}
    found = set(checked(result, linux_7_2.sources))
    assert {said for said in found if ".yaml]" not in said} == known
    stacks = {Path(tree.against or "").name for file in result.files for tree in file.trees if tree.validated}
    assert len(known) == 3
    assert {"meson-g12b-a311d-khadas-vim3.dts", "lemans-evk.dts"} <= stacks
