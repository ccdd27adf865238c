"""A sample of corpus_parity.py: what dt-validate says of a tree is what dtgen says, and where it gives up."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import corpus_parity
import pytest
from corpus_parity import TOOLS, as_file, confined, dt_validate, dtgen, inspected, inspector, keyword
from mutation import dense
from release import EARLIER

from dtgen.bindings import dtschema, validator
from dtgen.bindings.dtschema import UNMATCHED
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.bindings.schemas.prepare import SchemaSet
from dtgen.bindings.scope import Scope
from dtgen.checks.tree import Inspector
from dtgen.devicetree import blob
from dtgen.dts import compiler, kernel
from dtgen.project.layout import KernelTree

BOARDS = ("ipq8074-hk01", "sm6125-xiaomi-ginkgo")
"""Small ones of which dt-validate complains, each of something else."""
DENSE = "ipq5332-rdp441"
OF_7_2 = "mediatek/mt7622-bananapi-bpi-r64.dts"
"""One of another family, of which dt-validate complains by several schemas."""


def engine_of(schemas: SchemaSet, plain: bool, scope: Scope) -> Engine:
    """dtgen's, or the one that asks dtschema alone."""
    if plain:
        return Engine(dtschema.load(schemas.processed()), "dtschema alone", True, scope)
    return schemas.load(scope=scope)


def relevant(bindings: Path, blobs: Iterable[bytes]) -> set[Path]:
    """The schemas that name a compatible of these trees, and those that they refer to."""
    nodes = [node for data in blobs for node in blob.read(data, "a board").nodes.values()]
    # without `syscon`, `simple-mfd` and the like, which hundreds of schemas name
    compatibles = {name.encode() for node in nodes for name in node.compatible if "," in name}
    texts = {file: file.read_bytes() for file in bindings.rglob("*.yaml")}
    words = re.compile(rb"[\w,.+-]+")
    todo = [file for file, text in texts.items() if not compatibles.isdisjoint(words.findall(text))]
    found: set[Path] = set()
    while todo:
        file = todo.pop()
        if file in texts and file not in found:
            found.add(file)
            for name in re.findall(rb"\$ref: *[\"']?([\w/,.+-]+\.yaml)", texts[file]):
                reference = name.decode()
                below = reference.removeprefix("/schemas/")
                todo.append((bindings if reference.startswith("/") else file.parent) / below)
    return found


@pytest.fixture(scope="module")
def schemas(
    corpus: KernelTree, compiled: Callable[[str], bytes], tmp_path_factory: pytest.TempPathFactory
) -> SchemaSet:
    """The kernel's, as far as they have to do with the boards of the sample: all of them take a minute."""
    blobs = (compiled(f"{name}.dts") for name in (*BOARDS, DENSE))
    return chosen(corpus, blobs, tmp_path_factory)


def chosen(tree: KernelTree, blobs: Iterable[bytes], factory: pytest.TempPathFactory) -> SchemaSet:
    assert tree.bindings
    directory = factory.mktemp("bindings")
    for file in relevant(tree.bindings, blobs):
        link = directory / file.relative_to(tree.bindings)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
    return prepare.prepare(directory, (), factory.mktemp("cache"))


@pytest.fixture(scope="module")
def processed(schemas: SchemaSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for dt-validate."""
    return as_file(schemas, tmp_path_factory.mktemp("processed"))


@pytest.fixture(scope="module")
def by(schemas: SchemaSet) -> Inspector:
    return inspector(schemas.load())


@pytest.mark.parametrize("name", BOARDS)
def test_what_dt_validate_says_of_a_board_is_what_dtgen_says(
    name: str, compiled: Callable[[str], bytes], processed: Path, by: Inspector
) -> None:
    data = compiled(f"{name}.dts")
    theirs = dt_validate(data, processed)
    assert theirs
    assert dtgen(inspected(by, data)) == theirs


def test_what_dt_validate_says_of_a_board_of_linux_7_2_is_what_dtgen_says(
    linux_7_2: KernelTree, shared_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tools = compiler.find_dtc(), compiler.find_cpp()
    (done,) = kernel.compile_sources(linux_7_2, [OF_7_2], shared_directory / "cache", *tools)
    assert done.blob
    schemas = chosen(linux_7_2, [done.blob], tmp_path_factory)
    theirs = dt_validate(done.blob, as_file(schemas, tmp_path_factory.mktemp("processed")))
    assert theirs is not None
    assert len({said[1] for said in theirs}) > 3
    assert dtgen(inspected(inspector(schemas.load()), done.blob)) == theirs


def test_what_dt_validate_says_of_hundreds_of_mistakes_is_what_dtgen_says(
    compiled: Callable[[str], bytes], processed: Path, by: Inspector
) -> None:
    mutated = dense(compiled(f"{DENSE}.dts"), 1, 600)
    theirs = dt_validate(mutated.blob, processed)
    assert theirs is not None
    assert len(theirs) > (150 if EARLIER else 200)
    keywords = Counter(map(keyword, theirs))
    assert {"type", "required", "unevaluatedProperties", "maxItems", "enum"} <= keywords.keys()
    assert dtgen(inspected(by, mutated.blob)) == theirs


SCOPES = {
    "-l remoteproc": Scope(("remoteproc",)),
    "-l clock:iommu": Scope(("clock", "iommu")),
    "-c": Scope(compatible_match=True),
    "-m": Scope(show_unmatched=True),
    "-l clock:pinctrl -c": Scope(("clock", "pinctrl"), compatible_match=True),
    "-l clock -m": Scope(("clock",), show_unmatched=True),
    "-c -m": Scope(compatible_match=True, show_unmatched=True),
    "-l generated -m": Scope(("generated",), show_unmatched=True),
}


@pytest.mark.parametrize("options", SCOPES)
def test_the_options_of_dt_validate_choose_the_same_schemas(
    options: str, compiled: Callable[[str], bytes], schemas: SchemaSet, processed: Path
) -> None:
    data = dense(compiled(f"{DENSE}.dts"), 1, 600).blob
    theirs = dt_validate(data, processed, more=options.split())
    assert theirs
    assert any(said[1:] == (UNMATCHED,) for said in theirs) == (options in ("-m", "-l generated -m"))
    for plain in (False, True):
        by = inspector(engine_of(schemas, plain, SCOPES[options]))
        assert dtgen(inspected(by, data)) == theirs


UNMATCHED_NODES = """
    none { compatible = "v,a", "v,b"; };
    first { compatible = "v,a", "arm,mmu-500"; };
    second { compatible = "arm,mmu-500", "v,b"; };
    disabled { compatible = "v,a"; status = "disabled"; };
    parent { status = "disabled"; child { compatible = "v,a"; }; };
    generic { compatible = "simple-bus"; };
    bytes { compatible = [01 02]; };
"""


def test_of_a_compatible_that_no_schema_knows_dtgen_warns_where_dt_validate_does(
    dtb: Callable[[str], bytes], schemas: SchemaSet, processed: Path
) -> None:
    """Also where the node is disabled, and where another of its compatibles is known."""
    data = dtb(f"/ {{ {ROOT} {UNMATCHED_NODES} }};")
    theirs = dt_validate(data, processed, more=["-m"])
    assert theirs is not None
    assert {said[0] for said in theirs if said[1:] == (UNMATCHED,)} == {
        "/", "/none", "/first", "/second", "/disabled", "/parent/child",
    }  # fmt: skip
    for plain in (False, True):
        by = inspector(engine_of(schemas, plain, Scope(show_unmatched=True)))
        assert dtgen(inspected(by, data)) == theirs


CONTROLLER = "i { phandle = <1>; #interrupt-cells = <1>; }; n { interrupt-parent = <1>; interrupts = <1>; };"

# Values that dtschema decodes, though they are wrong or rare, and ones that it ends at
LITERALS = {
    "two cells where one is due": "p { #clock-cells = <0 0>; };",
    "bytes where a cell is due": "p { #clock-cells = [00 00]; };",
    "a string where a cell is due": 'p { #clock-cells = "abcd"; };',
    "an interrupt-parent without a value": "n { interrupt-parent; };",
    "an interrupt-parent to be resolved": "n { interrupt-parent = <0xffffffff>; interrupts = <1>; };",
    "an iommu-map to two cells": "s: s { #iommu-cells = <2>; }; n { iommu-map = <0 &s 1 2 3>; };",
    "an iommu-map to no cells": "s: s { #iommu-cells = <0>; }; n { iommu-map = <0 &s 1>; };",
    "an iommu-map that is cut short": "s: s { #iommu-cells = <1>; }; n { iommu-map = <0 &s 1 1 5 6>; };",
    "an iommu-map with a second provider": "s: s { #iommu-cells = <1>; }; n { iommu-map = <0 &s 1 1 5 99 1 1>; };",
    "a status of cells": "n { status = <1>; };",
    "a status without a value": "n { status; };",
    "a flag with a value": "n { interrupt-controller = <1>; };",
    "a phandle of nobody": "n { clocks = <99 1>; };",
    "a phandle of three bytes": "n { phandl_ = [01 02 03]; };",
}
FATAL = {
    "a text that is not ASCII": 'n { label = "é"; };',
    "a phandle of two cells": "n { phandl_ = <1 2>; };",
    "a phandle without a value, which is equal to 1": f"{CONTROLLER} m {{ phandl_; }};",
    "two nodes of one phandle": f"{CONTROLLER} m {{ phandl_ = <1>; }};",
    "an interrupt-parent of five bytes": "i: i { phandle = <1>; #interrupt-cells = <1>; };"
    " j { #interrupt-cells = <0>; n { interrupt-paren_ = [00 00 00 01 00]; interrupts = <1>; }; };",
    "a reg without a value": "n { reg; };",
    "a reg of three bytes": "n { reg = [01 02 03]; };",
    "entries of no cells": "n { #address-cells = <0>; #size-cells = <0>; m { reg = <1>; }; };",
    "an interrupt-parent of nobody": "n { interrupt-parent = <99>; };",
    "a compatible without a value": "n { compatible; };",
    "a GPIO of nobody": "n { reset-gpios = <99 1 1>; };",
}
ROOT = 'compatible = "v,b"; model = "B"; #address-cells = <1>; #size-cells = <1>;'


def literal(dtb: Callable[[str], bytes], source: str) -> bytes:
    """`phandl_` stands for a phandle that dtc would not compile, `interrupt-paren_` for its like."""
    data = dtb(f"/ {{ {ROOT} {source} }};")
    return data.replace(b"phandl_", b"phandle").replace(b"interrupt-paren_", b"interrupt-parent")


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> SchemaSet:
    """dtschema's own schemas, and one that never applies."""
    directory = tmp_path_factory.mktemp("core")
    (directory / "none.yaml").write_text(
        "%YAML 1.2\n---\n$id: http://devicetree.org/schemas/none.yaml#\n"
        "$schema: http://devicetree.org/meta-schemas/core.yaml#\ntitle: None\n"
        "maintainers: [A <a@example.org>]\nselect: false\nadditionalProperties: true\n"
    )
    return prepare.prepare(directory, (), tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def processed_core(core: SchemaSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_file(core, tmp_path_factory.mktemp("processed"))


@pytest.mark.parametrize("source", LITERALS.values(), ids=LITERALS)
def test_a_rare_value_is_judged_as_by_dt_validate(
    source: str, dtb: Callable[[str], bytes], core: SchemaSet, processed_core: Path
) -> None:
    data = literal(dtb, source)
    theirs = dt_validate(data, processed_core)
    assert theirs is not None
    assert dtgen(inspected(inspector(core.load()), data)) == theirs


@pytest.mark.parametrize("source", FATAL.values(), ids=FATAL)
def test_where_dt_validate_ends_with_an_exception_dtgen_tells_why(
    source: str,
    dtb: Callable[[str], bytes],
    core: SchemaSet,
    processed_core: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(corpus_parity, "PATIENCE", 5)
    monkeypatch.setattr(corpus_parity, "ADDRESS_SPACE", 256 << 20)
    data = literal(dtb, source)
    assert dt_validate(data, processed_core) is None
    with confined(1 << 30):
        inspection = inspected(inspector(core.load()), data)
    told = [problem.message for problem in inspection.decoded.problems]
    assert told
    assert not any("MemoryError" in message for message in told)


@pytest.fixture
def broken(dtb: Callable[[str], bytes], tmp_path: Path) -> dict[str, Path]:
    """Files that are no tree."""
    data = dtb(f'/ {{ {ROOT} n {{ compatible = "v,n"; }}; }};')
    contents = {"empty": b"", "text": b"/dts-v1/; / { };", "header": data[:40], "truncated": data[:-40]}
    for name, content in contents.items():
        (tmp_path / f"{name}.dtb").write_bytes(content)
    return {name: tmp_path / f"{name}.dtb" for name in (*contents, "missing")}


def test_a_file_that_is_no_tree_is_never_passed(
    broken: dict[str, Path], processed_core: Path, tmp_path: Path
) -> None:
    """dt-validate is content with a file that is missing, and ends with a traceback at the others."""
    contents = {}
    for name, file in broken.items():
        theirs = subprocess.run(
            [TOOLS / "dt-validate", "-s", processed_core, file], capture_output=True, check=False
        )
        contents[name] = (theirs.returncode, b"Traceback" in theirs.stderr)
        ours = subprocess.run(
            [sys.executable, "-m", "dtgen", "validate", file],
            capture_output=True,
            check=False,
            cwd=tmp_path,
        )
        assert ours.returncode in (1, 2), name
        assert name.encode() in ours.stdout + ours.stderr, name
        assert b"Traceback" not in ours.stderr, name
    assert contents.pop("missing") == (0, False)
    assert set(contents.values()) <= {(1, True), (0, False)}


def test_the_comparison_would_see_an_error_that_is_not_told(
    compiled: Callable[[str], bytes], processed: Path, by: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    validate = validator.validate
    told = lambda *given: (v for v in validate(*given) if v.clause.keyword != "required")  # noqa: E731
    monkeypatch.setattr(validator, "validate", told)
    data = compiled(f"{BOARDS[0]}.dts")
    theirs = dt_validate(data, processed)
    assert theirs is not None
    assert set(map(keyword, theirs - dtgen(inspected(by, data)))) == {"required"}
