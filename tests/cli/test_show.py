"""`dtgen show`: the description with what it extends."""

from __future__ import annotations

from pathlib import Path


def test_show_is_the_merged_description_in_hex(run, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/mine.yaml").write_text(
        "name: mine\nextends: lemans\nstreams: {remoteproc_adsp: null}\n"
    )
    shown = run("show", "mine").stdout
    assert shown.startswith("name: mine\ntitle: Qualcomm Lemans (QCS9100, SA8775P)\n")
    assert "remoteproc_adsp" not in shown
    assert "      - [apps_smmu, 0x21c0, 0x400]\n" in shown
