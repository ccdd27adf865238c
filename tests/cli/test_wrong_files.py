"""A file, or a name, that is given in place of another: one error, which says what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import dtgen

BASE = '/ { compatible = "v,b"; #address-cells = <1>; #size-cells = <1>; dsp: dsp { }; };'
ORDER = "this is a base (of v,b), not an overlay [no-overlay]"
DESCRIPTION = "d.yaml: error: this is a description, not a devicetree [malformed-blob]\n    help: build it: dtgen build d.yaml\n"


@pytest.fixture(autouse=True)
def files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dtb: Callable[[str], bytes],
    dtbo: Callable[[str], bytes],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.dtb").write_bytes(dtb(BASE))
    Path("wrong.dtbo").write_bytes(dtb(BASE))
    Path("ov.dtbo").write_bytes(dtbo("&dsp { a = <1>; };"))
    Path("ov.dtso").write_text("/dts-v1/;\n/plugin/;\n\n&dsp {\n\ta = <1>;\n};\n")
    Path("d.yaml").write_text("name: d\n")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "import base.dtb",
            f"base.dtb: error: {ORDER}\n    help: describe it: dtgen new NAME --base base.dtb\n",
        ),
        (
            "check -q wrong.dtbo",
            f"wrong.dtbo: error: {ORDER}\n    help: rename it to wrong.dtb: overlays are .dtbo\n",
        ),
        (
            "validate -q base.dtb --base base.dtb",
            f"base.dtb: error: {ORDER}\n    help: leave out --base: it is for overlays\n",
        ),
        (
            "apply -q ov.dtbo base.dtb -o o.dtb",
            "ov.dtbo: error: base and overlay are swapped [wrong-base]\n"
            "    help: base.dtb is the base, ov.dtbo the overlay\n",
        ),
        (
            "format base.dtb",
            "base.dtb: error: this is a blob; format takes sources [format]\n1 file refused\n",
        ),
        ("import d.yaml", DESCRIPTION),
        ("validate -q d.yaml", DESCRIPTION),
        (
            "apply -q base.dtb d.yaml -o o.dtb",
            DESCRIPTION,
        ),
    ],
)
def test_a_finding(command: str, said: str) -> None:
    found = dtgen(*command.split())
    assert (found.code, found.out + found.error) == (1, said)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "live ov.dtso base.dtb",
            "ov.dtso is a source, not a tree that ran or was built\n    help: give the tree, a .dtb",
        ),
        (
            "build lemans --base base.dtb --base ./base.dtb",
            "base.dtb is given twice\n    help: give it once",
        ),
        ("explain dtc:foo", "dtc has no check foo"),
        ("explain dtc:reg_formt", "dtc has no check reg_formt\n    help: did you mean dtc:reg_format?"),
        ("build lemans.yaml", "there is no file lemans.yaml\n    help: did you mean lemans?"),
        (
            "diagnose ov.dtso",
            "ov.dtso is a devicetree source, not a log\n    help: give what the board wrote on its console",
        ),
    ],
)
def test_an_error(command: str, said: str) -> None:
    found = dtgen(*command.split())
    assert (found.code, found.out, found.error) == (2, "", f"dtgen: error: {said}\n")


def test_a_file_that_no_settings_are_for() -> None:
    found = dtgen("config", "none.dtso")
    assert (found.code, found.error.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '[FILE]': Path 'none.dtso' does not exist.",
    )


def test_a_name_that_a_board_has() -> None:
    found = dtgen("import", "ov.dtso", "--name", "lemans")
    assert found.code == 2
    assert found.error.startswith("dtgen: error: lemans is a board already: ")
