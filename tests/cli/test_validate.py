"""`dtgen validate` of trees for EL2."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path


def test_validate_takes_trees_for_el2(run, tmp_path: Path, compiled: Callable[[str], bytes]) -> None:
    (tmp_path / "base.dtb").write_bytes(compiled("lemans-evk.dts"))
    (tmp_path / "el2.dtbo").write_bytes(compiled("lemans-el2.dtso"))

    def rules(*arguments: str) -> tuple[int, list[str]]:
        done = run("validate", "-q", *arguments)
        return done.returncode, re.findall(
            r"(?:error|warning): .* \[((?!dtc:)[a-z0-9-]+)\]$", done.stdout, re.M
        )

    assert rules("base.dtb") == (0, [])
    assert rules("base.dtb", "--el2", "pas") == (
        1,
        ["enabled-zap-shader", *["pas-without-stream"] * 5, "forgotten-pas-user"],
    )
    assert rules("base.dtb", "--el2", "no-pas") == (1, ["enabled-zap-shader", "forgotten-pas-user"])
    assert rules("base.dtb", "--against", "base.dtb", "--el2", "pas")[0] == 1
    assert rules("el2.dtbo", "--base", "base.dtb", "--el2", "pas") == (0, [])
    assert rules("el2.dtbo", "--base", "base.dtb", "--el2", "no-pas") == (1, ["stream-without-pas"] * 5)
    told = run("validate", "el2.dtbo", "--base", "base.dtb", "--el2", "pas", "-v").stdout
    assert "  users of PAS:\n    &gpu_zap_shader     GPU zap shader    disabled      by the overlay\n" in told
