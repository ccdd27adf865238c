"""`--report`: a page of a run, and the same page of the same run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import click
import pytest
from test_html import read

from dtgen.cli import cli

BASE = """
/ {
    compatible = "qcom,sa8775p";
    #address-cells = <1>;
    #size-cells = <1>;
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; };
    dais: dais { iommus = <&smmu 0x3001 0x0>; };
};
"""


@pytest.fixture
def dtgen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["dtgen", *arguments])
        code = cli.main(list(arguments), standalone_mode=False)
        assert isinstance(code, int)
        return code

    return run


def test_a_page_of_a_build(dtgen: Callable[..., int], tmp_path: Path) -> None:
    assert dtgen("build", "lemans", "-q", "--report", "a.html") == 0
    assert dtgen("build", "lemans", "-q", "--report=b.html") == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    page = read((tmp_path / "a.html").read_text(encoding="utf-8"))
    for sentence in (
        "lemans fits its base and introduces nothing that is wrong.",
        "dtgen build lemans -q ",
        "remoteproc_adspremote processor ✓ has a stream",
        "Linux v7.1, arch/arm64/boot/dts/qcom/lemans-el2.dtso",
        hashlib.sha256((tmp_path / "build/lemans/lemans-el2.dtbo").read_bytes()).hexdigest(),
        hashlib.sha256((tmp_path / "build/lemans/lemans-lean-el2.dtb").read_bytes()).hexdigest(),
    ):
        assert sentence in page.text


def test_a_page_for_each_base(dtgen: Callable[..., int], tmp_path: Path) -> None:
    assert dtgen("build", "lemans", "-q", "--report", "pages") == 0
    made = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "pages").iterdir()}
    assert made.keys() == {"index.html", "lemans-lemans-lean.html"}
    assert "lemans fits its base" in read(made["index.html"], made).text
    assert "Where the values come from" in read(made["lemans-lemans-lean.html"]).text


def test_what_is_refused_before_there_is_a_base_is_on_the_first_page(
    dtgen: Callable[..., int], tmp_path: Path
) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/mine.yaml").write_text("name: mine\nextends: lemans\nstreams: 5\n")
    assert dtgen("build", "mine", "-q", "--report", "pages") == 1
    page = read((tmp_path / "pages/index.html").read_text(encoding="utf-8")).text
    assert "mine could not be built: dtgen found 1 error." in page
    assert "streams: 0x5 is not a mapping" in page


@pytest.fixture
def trees(tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> None:
    (tmp_path / "base.dtb").write_bytes(dtb(BASE))
    (tmp_path / "one.dtbo").write_bytes(dtbo("&adsp { iommus = <&smmu 0x3001 0x0>; };"))
    (tmp_path / "two.dtbo").write_bytes(dtbo('&dais { status = "disabled"; };'))
    merged = BASE.replace('-pas";', '-pas"; iommus = <&smmu 0x3001 0x0>;')
    (tmp_path / "merged.dtb").write_bytes(dtb(merged))


@pytest.mark.usefixtures("trees")
def test_a_page_of_a_tree_against_its_base(dtgen: Callable[..., int], tmp_path: Path) -> None:
    assert dtgen("validate", "merged.dtb", "--against", "base.dtb", "--report", "a.html") == 1
    page = read((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert "merged.dtb introduces 1 error" in page.text
    assert "stream 0x3001/0x0 of adsp on &smmu is claimed by dais too attach-overlap" in page.text
    assert "! conflicts with /dais + new" in page.text
    for file in ("merged.dtb", "base.dtb"):
        assert page.text.count(hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()) == 1


@pytest.mark.usefixtures("trees")
def test_a_page_of_a_stack_says_who_wrote_what(dtgen: Callable[..., int], tmp_path: Path) -> None:
    dtgen("validate", "one.dtbo", "two.dtbo", "--base", "base.dtb", "--report", "a.html")
    page = read((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert "1 one.dtbo, 1 change" in page.text
    assert "2 two.dtbo, 1 change" in page.text


@pytest.mark.usefixtures("trees")
def test_a_page_never_replaces_an_input(dtgen: Callable[..., int]) -> None:
    with pytest.raises(click.UsageError, match=r"--report would overwrite merged\.dtb"):
        dtgen("validate", "merged.dtb", "--report", "merged.dtb")


@pytest.mark.usefixtures("trees")
def test_a_page_of_a_check(dtgen: Callable[..., int], tmp_path: Path) -> None:
    assert dtgen("check", "one.dtbo", "two.dtbo", "--base", "base.dtb", "--report", "a.html") == 1
    page = read((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert "2 files have 1 error" in page.text
    assert "one.dtboblob1 error" in page.text


LOG = """[    0.000000] Linux version 7.2.0 (x) #1 <script>alert(1)</script>
[    0.091000] CPU: All CPU(s) started at EL2
[    7.214001] qcom_q6v5_pas remoteproc: can't attach iommu device: -22
[    7.214101] remoteproc remoteproc4: can't enable iommu: -22
"""


@pytest.mark.usefixtures("trees")
def test_a_page_of_a_log(dtgen: Callable[..., int], tmp_path: Path) -> None:
    (tmp_path / "boot.log").write_text(LOG)
    code = dtgen(
        "diagnose", "boot.log", "--tree", "merged.dtb", "--against", "base.dtb", "--report", "a.html"
    )
    page = read((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert code == 0
    assert "Possible: remoteproc could not be attached to its SMMU (-22), so it was not started." in page.text
    assert "can't attach iommu device: -22" in page.text
    assert "given as the one that ran; not validated" in page.text
    assert hashlib.sha256(LOG.encode()).hexdigest() in page.text


def test_a_page_of_a_log_without_a_tree(dtgen: Callable[..., int], tmp_path: Path) -> None:
    (tmp_path / "boot.log").write_text("nothing\n")
    assert dtgen("diagnose", "boot.log", "--report", "a.html") == 0
    page = read((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert "No failure was found." in page.text
    assert page.all("section")


def test_a_page_of_a_delivery(
    dtgen: Callable[..., int], tmp_path: Path, compiled: Callable[[str], bytes]
) -> None:
    (tmp_path / "lemans-evk.dtb").write_bytes(compiled("lemans-evk.dts"))
    arguments = ("deliver", "lemans", "--base", "lemans-evk.dtb", "--as", "bls", "-o", "out", "--report")
    assert dtgen(*arguments, "a.html") == 0
    page = read((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert "lemans is delivered: every stack was applied and validated, and introduces nothing" in page.text
    assert "out/loader/entries/lemans-evk-el2.conf" in page.text


@pytest.mark.parametrize("name", ["mine.yaml", "mine-el2.dtso", "notes.txt", "", "-"])
def test_a_page_takes_the_place_of_nothing_but_a_page(
    run: Callable[..., CompletedProcess[str]], tmp_path: Path, name: str
) -> None:
    for file in ("mine.yaml", "notes.txt"):
        (tmp_path / file).write_text("precious\n")
    done = run("build", "lemans", "--report", name)
    assert done.returncode == 2
    assert "Error: --report " in done.stderr
    assert (tmp_path / "mine.yaml").read_text() + (tmp_path / "notes.txt").read_text() == "precious\n" * 2
    assert not (tmp_path / "build").exists()
