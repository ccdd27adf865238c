"""Six overlays, 332 boards, every verdict; bases without symbols; phandles that all have other numbers.

These are samples in `make test`; `make whole` takes all boards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libfdt
import pytest
from corpus import ALSO, BOARDS, merged_by_libfdt, sample
from serious import serious

from dtgen.checks.application import reasons
from dtgen.commands.build import Builder, BuildRequest
from dtgen.description import board as boards
from dtgen.devicetree import blob, diff
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Node
from dtgen.dts import compiler, preprocessor
from dtgen.dts.kernel import compile_sources
from dtgen.overlay.application import Application
from dtgen.overlay.merge import merge
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree

PARTS = 4
"""The boards are shared out among so many tests, for as many processes."""


def sources(corpus: KernelTree) -> list[str]:
    return sorted(str(file.relative_to(corpus.sources)) for file in corpus.sources.rglob("*.dts"))


def blobs(corpus: KernelTree, wanted: list[str], directory: Path) -> Iterator[tuple[str, bytes]]:
    tools = compiler.find_dtc(), compiler.find_cpp()
    for done in compile_sources(corpus, wanted, directory / "cache", *tools):
        assert done.blob is not None, done.failure
        yield done.source, done.blob


def names_of(fdt: libfdt.Fdt, path: str) -> set[str]:
    """The properties of a node, asked of libfdt alone; none where the node is not there."""
    node = fdt.path_offset(path, libfdt.QUIET_NOTFOUND)
    names, at = set(), fdt.first_property_offset(node, libfdt.QUIET_NOTFOUND) if node >= 0 else -1
    while at >= 0:
        names.add(fdt.get_property_by_offset(at).name)
        at = fdt.next_property_offset(at, libfdt.QUIET_NOTFOUND)
    return names


def test_the_corpus_has_332_boards(corpus: KernelTree) -> None:
    assert len(sources(corpus)) == 332


def verdicts(
    corpus: KernelTree, shared_directory: Path, overlays: dict[str, bytes], part: list[str]
) -> dict[str, set[str]]:
    """Overlay to the boards that it was applied to, each verdict checked against libfdt's own."""
    applied: dict[str, set[str]] = {name: set() for name in overlays}
    read = {name: Overlay.of(blob.read(data, name)) for name, data in overlays.items()}
    wanted = {name: names_of(libfdt.Fdt(data), "/__fixups__") for name, data in overlays.items()}
    for source, base in blobs(corpus, part, shared_directory):
        tree, known = blob.read(base, source), names_of(libfdt.Fdt(base), "/__symbols__")
        for name, overlay in read.items():
            missing = wanted[name] - known
            application = Application(overlay, tree)
            against = reasons(application)
            if against:
                rules = {reason.rule for reason in against}
                assert set(application.unknown_labels) == missing, (source, name)
                assert rules <= {"unknown-label", "another-soc"}, (source, name)
                assert ("another-soc" in rules) == (len(missing) * 2 > len(wanted[name])), (source, name)
            else:
                merged = merge(tree, base, overlay, overlays[name])
                assert missing == set(), (source, name)
                assert blob.read(merged.blob, merged.tree.file) == merged.tree
                applied[name].add(Path(source).stem)
    return applied


@pytest.mark.sampled
@pytest.mark.parametrize("part", range(PARTS))
def test_an_overlay_applies_exactly_where_all_of_its_labels_are(
    part: int,
    corpus: KernelTree,
    finder: Finder,
    compiled: Callable[[str], bytes],
    shared_directory: Path,
) -> None:
    overlays = {name: compiled(f"{name}-el2.dtso") for name in BOARDS}
    mine = sample(sources(corpus), 5)[part::PARTS]
    applied = verdicts(corpus, shared_directory, overlays, mine)
    present = {Path(source).stem for source in mine}
    for name in BOARDS:
        named = {base.name for base in boards.load(name, finder).bases} | set(ALSO.get(name, ()))
        assert named & present <= applied[name]


def ordered(node: Node) -> object:
    """Names, values and order, without the symbols."""
    values = [(prop.name, prop.value) for prop in node.properties.values()]
    children = [ordered(child) for child in node.children.values() if child.path != "/__symbols__"]
    return node.name, values, children


@pytest.mark.sampled
@pytest.mark.parametrize(("name", "half"), [(name, half) for name in BOARDS for half in (0, 1)])
def test_a_base_without_symbols_gives_the_same_merged_tree(
    name: str,
    half: int,
    corpus: KernelTree,
    finder: Finder,
    compiled: Callable[[str], bytes],
    tmp_path: Path,
) -> None:
    bases = [base.name for base in boards.load(name, finder).bases]
    names = [*sample(bases, 3 if len(bases) > 9 else 1), *ALSO.get(name, ())][half::2]
    assert names
    for base in names:
        data = blob.without_symbols(compiled(f"{base}.dts"))
        assert not blob.read(data, base).symbols
        (tmp_path / f"{base}.dtb").write_bytes(data)
    files = tuple(tmp_path / f"{base}.dtb" for base in names)
    builder = Builder(finder, None, None, None, lambda what, done, of: None, layout.cache_directory())
    result = builder.build(BuildRequest(name, files, tmp_path / "out"))
    assert serious(result.all_diagnostics) == []
    for base in result.bases:
        assert base.applied
        notes = [note for note in base.notes if not note.startswith("x1-laptop names ")]
        assert notes and all(" lacks labels: " in note for note in notes), notes
        merged = blob.read((tmp_path / f"out/{base.name}-el2.dtb").read_bytes(), base.name)
        with_symbols = merged_by_libfdt(
            compiled(f"{base.name}.dts"), (tmp_path / f"out/{name}-el2.dtbo").read_bytes()
        )
        assert not merged.symbols
        assert ordered(merged.root) == ordered(blob.read(with_symbols, base.name).root), base.name
    assert [base.name for base in result.bases] == names


SHIFT = f"\n/ {{ shift {{ {' '.join(f's{n} {{ phandle = <{n + 1}>; }};' for n in range(60))} }}; }};\n"

# Defects of the sources in v7.1: what has not the shape that its providers say is compared by its bytes.
_NOT_EXTENDED = ("/soc@0/i2c@f9963000/touch@2c", "interrupts")  # <&tlmm 96 2>, and the parent is the GIC
_A_CELL_LESS = ("/soc@0/mmc@8804000", "interconnects")  # one cell an end, and the providers say two
DEFECTS = {
    "qcom/msm8992-msft-lumia-octagon-talkman.dts": _NOT_EXTENDED,
    "qcom/msm8994-msft-lumia-octagon-cityman.dts": _NOT_EXTENDED,
    "qcom/sdx75-idp.dts": _A_CELL_LESS,
}


@pytest.mark.sampled
@pytest.mark.parametrize("part", range(PARTS))
def test_a_diff_is_blind_to_the_numbers_of_phandles(
    part: int, corpus: KernelTree, shared_directory: Path
) -> None:
    dtc, cpp = compiler.find_dtc(), compiler.find_cpp()
    mine = sorted({*sample(sources(corpus), 12), *DEFECTS})[part::PARTS]

    def renumbered(source: str) -> bytes:
        file = corpus.source(source)
        text = preprocessor.preprocess(file, (*corpus.include, file.parent), cpp)
        done = compiler.compile_base(text + SHIFT.encode(), source, dtc)
        assert done.blob is not None, done.messages
        return done.blob

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (source, was), is_ in zip(
            blobs(corpus, mine, shared_directory), pool.map(renumbered, mine), strict=True
        ):
            old, new = blob.read(was, source), blob.read(is_, source)
            moved = [phandle for phandle, node in old.by_phandle.items() if phandle <= 60]
            assert all(new.by_phandle[phandle].path.startswith("/shift/") for phandle in moved)
            assert not old.by_phandle or moved
            found = [change for change in diff.changes(old, new) if not change.path.startswith("/shift")]
            defects = [DEFECTS[source]] if source in DEFECTS else []
            assert [(change.path, change.property) for change in found] == defects, source
            assert new.nodes.keys() - old.nodes.keys() == {"/shift", *(f"/shift/s{n}" for n in range(60))}
