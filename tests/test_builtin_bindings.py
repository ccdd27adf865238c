"""The bindings that come with dtgen: sound for dtschema, and strict where the kernel's are."""

from __future__ import annotations

import difflib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import libfdt
import pytest

from dtgen.bindings import validator
from dtgen.bindings.schemas import prepare
from dtgen.devicetree import blob
from dtgen.project.layout import builtin_bindings, cache_directory, legacy_bindings

PAS_COMMON = "remoteproc/qcom,pas-common.yaml"
ADSP = "/soc@0/remoteproc@30000000"


def _doc_validate(directory: Path) -> str:
    tool = Path(sys.executable).parent / "dt-doc-validate"
    done = subprocess.run([tool, directory], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_every_schema_is_clean_under_the_meta_schemas() -> None:
    assert _doc_validate(builtin_bindings()) == ""


def test_the_legacy_profile_is_clean_in_its_place(tmp_path: Path) -> None:
    for source in (builtin_bindings(), legacy_bindings()):
        for file in source.rglob("*.yaml"):
            copy = tmp_path / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    assert _doc_validate(tmp_path) == ""


def test_the_legacy_profile_only_adds() -> None:
    """The two files have one $id and cannot share text, so they are compared."""
    normal = (builtin_bindings() / PAS_COMMON).read_text().splitlines()
    legacy = (legacy_bindings() / PAS_COMMON).read_text().splitlines()
    start = normal.index("properties:"), legacy.index("properties:")
    stop = (
        normal.index("examples:") if "examples:" in normal else None,
        legacy.index("examples:") if "examples:" in legacy else None,
    )
    changes = list(difflib.ndiff(normal[start[0] : stop[0]], legacy[start[1] : stop[1]]))
    assert [line for line in changes if line.startswith("- ")] == []
    assert "+   qcom,devmem:" in changes


@pytest.fixture
def merged(compiled: Callable[[str], bytes]) -> bytes:
    return blob.apply(compiled("lemans-evk.dts"), compiled("lemans-el2.dtso"))


def _violations(data: bytes) -> list[tuple[str, str]]:
    engine = prepare.prepare(builtin_bindings(), (), cache_directory()).load(complete=False)
    tree = validator.decode(engine, data)
    paths = {
        path for path in blob.read(data, "test").nodes if "/remoteproc@3" in path or "/video-codec" in path
    }
    return [
        (str(violation.subject), violation.message) for violation in validator.validate(engine, tree, paths)
    ]


def test_the_merged_board_is_clean(merged: bytes) -> None:
    assert _violations(merged) == []


def _changed(data: bytes, path: str, name: str, value: bytes | None) -> bytes:
    fdt = libfdt.Fdt(data)
    fdt.resize(len(data) + 4096)
    node = fdt.path_offset(path)
    if value is None:
        fdt.delprop(node, name)
    else:
        fdt.setprop(node, name, value)
    fdt.pack()
    return bytes(fdt.as_bytearray())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("iommus", lambda old: old * 2, (f"{ADSP}: iommus", "iommus has 2 entries, expected at most 1: <0x37 0x3000 0x0>, <0x37 0x3000 0x0>")),
        ("iommu", lambda old: b"\0\0\0\1", (f"{ADSP}: iommu", "the binding does not know iommu")),
        ("memory-region", lambda old: None, (ADSP, "the required property memory-region is missing")),
        ("interrupt-names", lambda old: old.replace(b"fatal", b"fetal"), (f"{ADSP}: interrupt-names", 'entry 2 of interrupt-names is "fetal", expected "fatal"')),
    ],
)  # fmt: skip
def test_a_mistake_on_a_remoteproc_is_found(
    merged: bytes, name: str, value: Callable[[bytes], bytes | None], expected: tuple[str, str]
) -> None:
    node = blob.read(merged, "test").nodes[ADSP]
    old = node.properties[name].value if name in node.properties else b""
    assert expected in _violations(_changed(merged, ADSP, name, value(old)))
