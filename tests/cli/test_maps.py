"""`dtgen streams` and `dtgen memory`: the maps of a tree."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

SYSTEM = """
/ {
    #address-cells = <1>;
    #size-cells = <1>;
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&adsp_mem>; STREAM };
    dais: dais { iommus = <&smmu 0x3001 0x0>; };
    reserved-memory {
        #address-cells = <1>;
        #size-cells = <1>;
        adsp_mem: adsp@95900000 { reg = <0x95900000 0x1e00000>; no-map; };
        MORE
    };
};
"""
STREAM = "iommus = <&smmu 0x3001 0x0>;"
MORE = "cdsp_mem: cdsp@97600000 { reg = <0x97600000 0x200000>; no-map; };"

STREAMS = """\
&smmu  /iommu  SMMUv2, 1 of at most 128 stream mapping groups, 1 new, 2 in conflict
!+ 0x3001/0x0  &adsp  /remoteproc  (conflicts with &dais)
!              &dais  /dais  (conflicts with &adsp)
"""

MEMORY = """\
merged.dtb  2 carveouts, 31.0 MiB reserved, 1 new, 2 overlap
!  0x95900000..0x976fffff  0x1e00000  30 MiB  &adsp_mem  no-map  &adsp  overlaps &cdsp_mem by 0x100000 (1 MiB)
!+ 0x97600000..0x977fffff   0x200000   2 MiB  &cdsp_mem  no-map  overlaps &adsp_mem by 0x100000 (1 MiB)
"""


@pytest.fixture
def trees(tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> None:
    """A base, a merged tree, an overlay, and what is none of them."""
    (tmp_path / "base.dtb").write_bytes(dtb(SYSTEM.replace("STREAM", "").replace("MORE", "")))
    merged = dtb(SYSTEM.replace("STREAM", STREAM).replace("MORE", MORE))
    (tmp_path / "merged.dtb").write_bytes(merged)
    (tmp_path / "cut.dtb").write_bytes(merged[:500])
    (tmp_path / "o.dtbo").write_bytes(dtbo("&adsp { iommus = <&smmu 0x3000 0x0>; };"))


@pytest.mark.usefixtures("trees")
def test_streams_shows_who_claims_what_and_what_is_new(run) -> None:
    done = run("streams", "merged.dtb", "--against", "base.dtb")
    assert (done.returncode, done.stdout, done.stderr) == (0, STREAMS, "")
    alone = STREAMS.replace(", 1 new", "").replace("!+", "! ")
    assert run("streams", "merged.dtb").stdout == alone
    document = json.loads(run("streams", "merged.dtb", "--against", "base.dtb", "--format", "json").stdout)
    (smmu,) = document["smmus"]
    (stream,) = smmu["streams"]
    assert (document["file"], document["against"], smmu["label"]) == ("merged.dtb", "base.dtb", "smmu")
    assert [(c["label"], c["new"], c["conflicts"]) for c in stream["claimants"]] == [
        ("adsp", True, True),
        ("dais", False, True),
    ]


@pytest.mark.usefixtures("trees")
def test_memory_shows_carveouts_and_which_overlap(run) -> None:
    done = run("memory", "merged.dtb", "--against", "base.dtb")
    assert (done.returncode, done.stdout, done.stderr) == (0, MEMORY, "")
    document = json.loads(run("memory", "merged.dtb", "--against", "base.dtb", "--format", "json").stdout)
    assert [region["label"] for region in document["regions"]] == ["adsp_mem", "cdsp_mem"]


@pytest.mark.usefixtures("trees")
@pytest.mark.parametrize("command", ["streams", "memory"])
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("cut.dtb",), 1, "cut.dtb: error: truncated: the header says SIZE bytes, the file has 500 [malformed-blob]\n"),
        (("merged.dtb", "--against", "cut.dtb"), 1, "cut.dtb: error: truncated: the header says SIZE bytes, the file has 500 [malformed-blob]\n"),
        (("o.dtbo",), 1, "o.dtbo: error: this is an overlay, not a base [wrong-base]\n"),
        (("merged.dtb", "--against", "o.dtbo"), 1, "o.dtbo: error: this is an overlay, not a base [wrong-base]\n"),
        (("none.dtb",), 2, "dtgen: error: cannot read none.dtb: No such file or directory\n"),
    ],
)  # fmt: skip
def test_maps_of_what_is_no_tree(
    run, tmp_path: Path, command: str, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = run(command, *arguments)
    size = (tmp_path / "merged.dtb").stat().st_size
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(message.replace("SIZE", str(size)))


def test_maps_of_a_board_of_the_kernel(run, tmp_path: Path, compiled: Callable[[str], bytes]) -> None:
    for name, source in (("base.dtb", "lemans-evk.dts"), ("el2.dtbo", "lemans-el2.dtso")):
        (tmp_path / name).write_bytes(compiled(source))
    run("apply", "-q", "base.dtb", "el2.dtbo", "-o", "merged.dtb")
    streams = run("streams", "merged.dtb", "--against", "base.dtb").stdout.splitlines()
    assert (
        "&apps_smmu  /soc@0/iommu@15000000  SMMUv2, 77 of at most 128 stream mapping groups, 5 new" in streams
    )
    assert [line.split()[2] for line in streams if line.startswith(" +")] == [
        "&remoteproc_cdsp0",
        "&remoteproc_cdsp1",
        "&remoteproc_adsp",
        "&remoteproc_gpdsp0",
        "&remoteproc_gpdsp1",
    ]
    memory = run("memory", "merged.dtb").stdout.splitlines()
    assert memory[0] == "merged.dtb  47 carveouts, 541.3 MiB reserved"
    assert len(memory) == 48
