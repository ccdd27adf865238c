"""What `--format json` writes fits schemas/report.schema.json, which travels with dtgen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from running import dtgen

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "schemas/report.schema.json").read_text(encoding="utf-8"))

BASE = """
/ {
    compatible = "qcom,sa8775p";
    #address-cells = <1>;
    #size-cells = <1>;
    smmu: iommu@10000 { compatible = "arm,mmu-500"; reg = <0x10000 0x1000>; #iommu-cells = <2>; };
    dsp: dsp { compatible = "v,dsp"; iommus = <&smmu 0x3000 0x400>; };
    wide { iommus = <&smmu 0x13000 0x0>; };
    reserved-memory {
        #address-cells = <1>;
        #size-cells = <1>;
        ranges;
        pil@80000000 { reg = <0x80000000 0x1000>; no-map; };
    };
};
"""


def check(name: str, document: Any) -> None:
    """Against the part for one command, which says more than that none of them fits."""
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []
    alone = {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    assert [error.message for error in Draft202012Validator(alone).iter_errors(document)] == []


@pytest.fixture
def run(tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]):
    """The JSON of a command, in a directory with a base and overlays."""
    (tmp_path / "base.dtb").write_bytes(dtb(BASE))
    (tmp_path / "good.dtbo").write_bytes(dtbo('&dsp { status = "disabled"; };'))
    (tmp_path / "bad.dtbo").write_bytes(dtbo("&dsp { iommus = <&smmu 0x3000>, <&nowhere 1>; };"))
    (tmp_path / "bad.dtso").write_text("/dts-v1/;\n/plugin/;\n&dsp { iommus = <&smmu 0x3000>; };\n")
    (tmp_path / "not.dtb").write_text("")
    (tmp_path / "other.dtb").write_bytes(dtb(BASE.replace("0x400>", "0x0>")))
    (tmp_path / "boot.log").write_text(
        "[ 0.091] CPU: All CPU(s) started at EL2\n[ 4.0] 1.dsp: stream ID 0x13000 out of range for SMMU (0x7fff)\n"
    )

    def execute(*arguments: str) -> Any:
        done = dtgen(*arguments, "--format", "json", cwd=tmp_path)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    return execute


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("build", ("build", "lemans")),
        ("build", ("build", "lemans", "--base", "base.dtb", "--base", "not.dtb")),
        ("check", ("check", "bad.dtso", "--base", "base.dtb", "--el2", "pas")),
        ("check", ("check", "bad.dtso", "not.dtb", "base.dtb", "good.dtbo")),
        ("deliver", ("deliver", "lemans", "--base", "base.dtb", "--as", "its")),
        ("validate", ("validate", "base.dtb", "not.dtb")),
        ("validate", ("validate", "good.dtbo", "--base", "base.dtb")),
        ("apply", ("apply", "base.dtb", "good.dtbo", "-o", "out.dtb")),
        ("apply", ("apply", "base.dtb", "bad.dtbo", "-o", "out.dtb")),
        ("diff", ("diff", "base.dtb", "good.dtbo")),
        ("diff", ("diff", "base.dtb", "not.dtb")),
        ("diagnose", ("diagnose", "boot.log")),
        ("diagnose", ("diagnose", "boot.log", "--tree", "base.dtb", "--board", "lemans", "--boot", "all")),
        ("list", ("list",)),
        ("live", ("live", "base.dtb", "base.dtb")),
        ("live", ("live", "base.dtb", "other.dtb")),
        ("rules", ("rules",)),
        ("streams", ("streams", "base.dtb")),
        ("memory", ("memory", "base.dtb")),
        ("bindings", ("bindings", "status")),
        ("doctor", ("doctor",)),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_command(run, name: str, arguments: tuple[str, ...]) -> None:
    check(name, run(*arguments))


def test_the_schema_refuses_what_it_does_not_know(run) -> None:
    document = run("list") | {"more": 1}
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) != []


@pytest.mark.parametrize("name", ["board", "report"])
def test_the_schemas_are_printed_as_they_are_shipped(tmp_path: Path, name: str) -> None:
    done = dtgen("schema", name, cwd=tmp_path)
    assert done.stdout == (ROOT / f"schemas/{name}.schema.json").read_text(encoding="utf-8")
