"""A repository with the kernel's six overlays, their bases, and the hook: what it lets in, and what not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import BOARDS
from hooked import Repository

from dtgen.devicetree import blob
from dtgen.project.layout import KernelTree

BASES = {
    "lemans": ("lemans-evk", "true"),
    "monaco": ("monaco-evk", "true"),
    "talos": ("qcs615-ride", "true"),
    "x1": ("hamoa-iot-evk", "true"),
    "sc8280xp": ("sc8280xp-crd", "false"),
    "sc7180": ("sc7180-acer-aspire1", "false"),
}
SETTINGS = '[severity]\nunsorted-labels = "error"\n' + "".join(
    f'\n[[overlay]]\nfiles = "overlays/{name}-el2.dtso"\nbases = ["bases/{base}.dtb"]\npas_at_el2 = {pas}\n'
    for name, (base, pas) in BASES.items()
)
DESCRIPTION = "name: mine\nextends: lemans\noverlay: {name: mine-el2}\n"
LEMANS = Path("overlays/lemans-el2.dtso")
ADSP = "<&apps_smmu 0x3000 0x0>"


@pytest.fixture(scope="session")
def template(
    tmp_path_factory: pytest.TempPathFactory,
    shared_directory: Path,
    corpus: KernelTree,
    compiled: Callable[[str], bytes],
) -> Repository:
    """The repository with its first commit, which the hook has accepted."""
    directory = tmp_path_factory.mktemp("acceptance") / "repository"
    for name in ("overlays", "bases", "boards"):
        (directory / name).mkdir(parents=True)
    repository = Repository.create(directory, shared_directory / "cache", "dtgen-check")
    for name in BOARDS:
        shutil.copy(corpus.source(f"qcom/{name}-el2.dtso"), directory / "overlays")
    for base, _ in BASES.values():
        (directory / f"bases/{base}.dtb").write_bytes(compiled(f"{base}.dts"))
    (directory / "dtgen.toml").write_text(SETTINGS)
    (directory / "boards/mine.yaml").write_text(DESCRIPTION)
    code, text = repository.run(sys.executable, "-m", "dtgen", "render", "mine")
    assert code == 0
    (directory / "boards/mine-el2.dtso").write_text(text)
    accepted, out = repository.commit()
    assert accepted, out
    return repository


@pytest.fixture
def repository(template: Repository, tmp_path: Path) -> Repository:
    shutil.copytree(template.directory, tmp_path / "repository")
    return Repository(tmp_path / "repository", template.cache)


def edited(repository: Repository, file: Path, old: str, new: str) -> None:
    path = repository.directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        (ADSP, f"{ADSP}, <&apps_smmu 0x3002 0x0>", "22:2: error: remoteproc_adsp has 2 entries in iommus"),
        (ADSP, "<&apps_smmu 0x3000>", "22:2: error: entry 1 of iommus has 1 cell after the phandle"),
        (
            ADSP,
            "<&apps_smmu 0x3001 0x0>",
            "22:2: error: stream 0x3001/0x0 of remoteproc_adsp on &apps_smmu is claimed by q6apmdai too",
        ),
        (
            "&remoteproc_adsp",
            "&remoteproc_adps",
            "21:1: error: the base has no label remoteproc_adps",
        ),
        ("&apps_smmu", "&app_smmu", "22:12: error: the base has no label app_smmu"),
        ("iommus", "iommu", "22:2: error: the binding does not know iommu"),
        (f"{ADSP};", ADSP, "22:34: error: syntax error: expected ; before line 23"),
        (
            '&gpu_zap_shader {\n\tstatus = "disabled";\n};\n\n&iris {\n\tstatus = "disabled";\n};\n',
            '&iris {\n\tstatus = "disabled";\n};\n\n&gpu_zap_shader {\n\tstatus = "disabled";\n};\n',
            "17:1: error: &gpu_zap_shader is out of order: its place is before &iris",
        ),
    ],
    ids=[
        "a second entry",
        "a cell too few",
        "a stream of an audio device",
        "a typo in a label",
        "a typo in a reference",
        "a typo in a property",
        "a semicolon",
        "an unsorted label",
    ],
)
def test_a_mistake_is_rejected_at_its_line(repository: Repository, old: str, new: str, first: str) -> None:
    edited(repository, LEMANS, old, new)
    accepted, out = repository.commit()
    assert (accepted, f"{LEMANS}:{first}" in out) == (False, True), out


def test_an_overlay_of_another_soc_is_rejected(repository: Repository) -> None:
    shutil.copy(repository.directory / "overlays/x1-el2.dtso", repository.directory / LEMANS)
    accepted, out = repository.commit()
    assert not accepted
    assert f"{LEMANS}:10:1: error: 8 of 13 labels unknown: this overlay is for another SoC" in out


def test_a_stale_generated_file_is_rejected(repository: Repository) -> None:
    with (repository.directory / "boards/mine.yaml").open("a") as file:
        file.write("streams: {remoteproc_gpdsp1: null}\n")
    accepted, out = repository.commit()
    assert (accepted, "boards/mine-el2.dtso:35: error: this is not what mine gives now" in out) == (
        False,
        True,
    ), out


def test_a_base_that_loses_a_label_is_rejected(repository: Repository) -> None:
    file = repository.directory / "bases/lemans-evk.dtb"
    tree = blob.read(file.read_bytes(), "base")
    data = blob.without_symbols(file.read_bytes())
    labels = {label: path for label, path in tree.symbols.items() if label != "remoteproc_adsp"}
    file.write_bytes(blob.with_symbols(data, labels))
    accepted, out = repository.commit()
    assert not accepted
    assert f"{LEMANS}:21:1: error: the base has no label remoteproc_adsp" in out


def test_what_is_right_is_accepted(repository: Repository) -> None:
    edited(repository, LEMANS, "Copyright (c)", "Copyright (c) 2026")
    (repository.directory / "README").write_text("nothing of ours\n")
    accepted, out = repository.commit()
    assert accepted, out
