"""Every error that dtgen finds in Linux v7.2, and why it is true: a run of some minutes.

    python tests/corpus_7_2.py                 stacks, overlays, bindings, boards, builds
    python tests/corpus_7_2.py overlays        one of them

The stacks of the Makefiles are applied, 130 overlays are checked on their boards, the examples of 5,599 bindings are held against
them, all rules look at 684 boards, and all descriptions are built on the boards that they name, with merged
trees that are libfdt's to the byte. Prints each error that is not known to be true, and each that is known
and was not found; ends with 1 if there is one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path

from corpus import ROOT, V7_2, merged_by_libfdt, unpacked

from dtgen import rules
from dtgen.checks import application, findings
from dtgen.checks.given import Reader
from dtgen.commands import check
from dtgen.commands.build import Builder, BuildRequest
from dtgen.commands.check_bases import Options
from dtgen.commands.stacked_base import of_board
from dtgen.description.board import Board
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Severity
from dtgen.dts import compiler, kbuild, kernel
from dtgen.errors import Rejected
from dtgen.hardware.system import System
from dtgen.overlay.base import Bases
from dtgen.overlay.board_base import lean
from dtgen.overlay.merge import Merged
from dtgen.overlay.stack import Layer
from dtgen.project.layout import Finder, KernelTree
from dtgen.results import CheckResult

_TYPO = "spi-peripheral-props.yaml has spi-tx-bus-width and spi-rx-bus-width; no driver reads this"
_HOG = (
    "the base says output-high, an overlay cannot delete it, and dtschema's gpio-hog.yaml allows one of them; "
    "gpiolib takes output-low first"
)
_LOST = (
    "the connector is in a `/ { }` block, which dtc leaves outside of the fragments: no merged tree has it, "
    "and fdtoverlay's has this phandle for nothing"
)

OVERLAYS = {
    "mediatek/mt7986a-bananapi-bpi-r3-nand.dtso:22 [dt-core.yaml]": _TYPO,
    "mediatek/mt7986a-bananapi-bpi-r3-nand.dtso:23 [dt-core.yaml]": _TYPO,
    "mediatek/mt7988a-bananapi-bpi-r4-pro-cn15.dtso:18 [gpio/gpio-hog.yaml]": _HOG,
    "mediatek/mt7988a-bananapi-bpi-r4-pro-cn18.dtso:18 [gpio/gpio-hog.yaml]": _HOG,
    "renesas/r8a77970-eagle-function-expansion.dtso:22 [dangling-reference]": _LOST,
    "renesas/r8a77970-eagle-function-expansion.dtso:36 [dangling-reference]": _LOST,
    "renesas/r8a77970-eagle-function-expansion.dtso:50 [dangling-reference]": _LOST,
}
"""File, line and rule to the reason."""

BINDINGS = {
    "display/imx/fsl,imx-lcdc.yaml:130 [dt-core.yaml]": (
        "no schema of v7.2 knows fsl,pcr, dt-validate says so of the extracted example, too"
    ),
}

BOARDS = {
    "qcom/sdx75-idp.dts /soc@0/mmc@8804000: interconnects [malformed-specifier]": (
        "both providers have two #interconnect-cells, and the entries have one cell: of_icc_get() takes the "
        "phandle of the next provider for a cell"
    ),
}


STACKS: dict[str, str] = {}
"""Nothing: dtgen refuses none, and makes of each what libfdt does."""

BUILDS: dict[str, str] = {}
"""Nothing: what the descriptions allow has its reason there."""


def of_overlays(tree: KernelTree, cache: Path) -> Iterator[str]:
    yield from _checked(sorted(tree.sources.rglob("*.dtso")), tree.sources, cache)


def of_bindings(tree: KernelTree, cache: Path) -> Iterator[str]:
    assert tree.bindings
    yield from _checked([tree.bindings], tree.bindings, cache)


def _checked(paths: list[Path], root: Path, cache: Path) -> Iterator[str]:
    yield from checked(check.check(paths, Options(), cache, lambda what, done, of: None), root)


def checked(result: CheckResult, root: Path) -> Iterator[str]:
    """The errors of a run, as the tables have them."""
    for file in result.files:
        for diagnostic in file.all_diagnostics:
            if diagnostic.severity is Severity.ERROR and not diagnostic.follows:
                yield _said(diagnostic, root)


def _said(diagnostic: Diagnostic, root: Path) -> str:
    where, clause = diagnostic.location, diagnostic.clause
    file = os.path.relpath(Path(where.file).absolute(), root)
    return f"{file}:{where.line} [{clause.schema if clause else diagnostic.rule}]"


def of_boards(tree: KernelTree, cache: Path) -> Iterator[str]:
    sources = sorted(str(file.relative_to(tree.sources)) for file in tree.sources.rglob("*.dts"))
    tools = compiler.find_dtc(), compiler.find_cpp()
    for compilation in kernel.compile_sources(tree, sources, cache, *tools):
        if compilation.blob is None:
            yield f"{compilation.source}: {compilation.failure}"
            continue
        board = blob.read(compilation.blob, compilation.source)
        system = System(Merged.unchanged(board, compilation.blob))
        for found in findings.run(rules.MERGED, system):
            if found.severity is Severity.ERROR:
                yield f"{compilation.source} {found.finding.subject} [{found.rule}]"


def of_stacks(tree: KernelTree, cache: Path) -> Iterator[str]:
    sources = tree.sources.absolute()
    directories = sorted({file.parent for file in sources.rglob("*.dtso")})
    found = [composite for directory in directories for composite in kbuild.composites(directory)]
    stacks = [[str(file.relative_to(sources)) for file in (c.board, *c.overlays)] for c in found]
    wanted = sorted({file for stack in stacks for file in stack if (sources / file).is_file()})
    tools = compiler.find_dtc(), compiler.find_cpp()
    blobs = {done.source: done.blob for done in kernel.compile_sources(tree, wanted, cache, *tools)}
    applied = 0
    for stack in stacks:
        data, *overlays = [blobs.get(file) or b"" for file in stack]
        if not data or not all(overlays):
            continue  # of a family that is not in the archive
        layers = [Layer(Overlay.of(blob.read(o, f)), o) for f, o in zip(stack[1:], overlays, strict=True)]
        try:
            done = application.apply(blob.read(data, stack[0]), data, layers)
        except Rejected as refusal:
            yield f"{' + '.join(stack)}: {refusal}"
            continue
        applied += 1
        if done.blob != reduce(merged_by_libfdt, overlays, data):
            yield f"{' + '.join(stack)}: the merged tree is not libfdt's"
    _say(f"  {applied} stacks")


def of_builds(tree: KernelTree, cache: Path) -> Iterator[str]:
    """Warnings, too: a build introduces nothing."""
    finder = Finder((ROOT,))
    builder = Builder(finder, tree, None, None, lambda what, done, of: None, cache)
    for name in finder.boards():
        built = builder.assemble(BuildRequest(name))
        for diagnostic in built.result.all_diagnostics:
            if diagnostic.severity is not Severity.INFO and not (diagnostic.allowed or diagnostic.follows):
                yield f"{name}: {_said(diagnostic, ROOT)} {diagnostic.message}"
        assert built.board
        overlays = list(_overlays(built.board, builder))
        merged = {Path(file).name: data for file, data in built.outputs.items()}
        found = _bases(built.board, tree, finder, cache)
        for base in found.available:
            expected = reduce(merged_by_libfdt, overlays, base.blob)
            if merged[f"{base.name}-{built.board.overlay.suffix}.dtb"] != expected:
                yield f"{name} on {base.name}: the merged tree is not libfdt's"
        _say(f"  {name}: {len(found.available)} merged trees")


def _bases(board: Board, tree: KernelTree, finder: Finder, cache: Path) -> Bases:
    dtc, cpp = compiler.find_dtc(), compiler.find_cpp()
    if not board.bases:
        return lean(board, finder, dtc)
    return of_board(board, Reader(cache, tree), dtc, cpp, lambda done, of: None)


def _overlays(board: Board, builder: Builder) -> Iterator[bytes]:
    """What is applied, in its order."""
    if board.on:
        yield from _overlays(board.on, builder)
    yield builder.assemble(BuildRequest(board.name)).overlay[f"{board.overlay.name}.dtbo"]


RUNS: dict[str, tuple[Callable[[KernelTree, Path], Iterator[str]], dict[str, str]]] = {
    "stacks": (of_stacks, STACKS),
    "overlays": (of_overlays, OVERLAYS),
    "bindings": (of_bindings, BINDINGS),
    "boards": (of_boards, BOARDS),
    "builds": (of_builds, BUILDS),
}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(names: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="dtgen-corpus-") as name:
        directory = Path(os.environ.get("DTGEN_TEST_CACHE", name))
        directory.mkdir(parents=True, exist_ok=True)
        tree = unpacked(directory, V7_2)
        if tree is None:
            _say(f"there is no {V7_2} in $DTGEN_CORPUS")
            return 2
        wrong = 0
        for run in names or RUNS:
            started = time.monotonic()
            find, known = RUNS[run]
            found = set(find(tree, directory / "cache"))
            for said in sorted(found - known.keys()):
                _say(f"not known to be true: {said}")
            for said in sorted(known.keys() - found):
                _say(f"not found any more: {said}: {known[said]}")
            wrong += len(found ^ known.keys())
            _say(f"{run}: {len(found & known.keys())} errors, all true; {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
