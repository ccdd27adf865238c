"""FIT images: read, written, and read back by U-Boot's own tools."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dtgen.delivery import fit
from dtgen.delivery.table import Configuration, Form, Image, Piece
from dtgen.diagnostics import Location
from dtgen.errors import Rejected

HERE = Location("out.itb")
IMAGES = (
    Image("fdt-qcom-metadata.dtb", HERE, "qcom_metadata", None, b"m" * 13),
    Image("fdt-a.dtb", HERE, "flat_dt", None, b"base " * 100, 0x4A000000),
    Image("fdt-a-el2.dtbo", HERE, "flat_dt", None, b"el2"),
)
CONFIGURATIONS = (
    Configuration("conf-1", HERE, (Piece("fdt-a.dtb", HERE),), "qcom,a-iot-el2gh"),
    Configuration("conf-2", HERE, (Piece("fdt-a.dtb", HERE), Piece("fdt-a-el2.dtbo", HERE)), "qcom,a-iot"),
)
needs = pytest.mark.skipif(shutil.which("dumpimage") is None, reason="u-boot-tools is not installed")


def _written() -> bytes:
    return fit.write("dtgen: a", IMAGES, CONFIGURATIONS)


def test_what_is_written_is_read() -> None:
    table = fit.read(_written(), "out.itb")
    assert table.form is Form.QCOM
    assert tuple(table.images.values()) == IMAGES
    assert table.configurations == CONFIGURATIONS


def test_two_runs_give_the_same_bytes_and_data_are_aligned() -> None:
    data = _written()
    assert data == _written()
    assert len(data) % 8 == 0
    size = int.from_bytes(data[4:8], "big")
    assert size % 8 == 0
    assert data[size : size + 16] == b"m" * 13 + bytes(3)


def test_a_fit_is_told_from_a_board() -> None:
    assert fit.is_fit(_written())
    assert not fit.is_fit(b"hsqs")
    assert not fit.is_fit(fit.write("x", (), ())[:40])


def test_data_that_reach_beyond_the_file() -> None:
    data = _written()
    with pytest.raises(Rejected) as refusal:
        fit.read(data[:-8], "out.itb")
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.message.startswith("the data of fdt-a-el2.dtbo (0x")
    assert diagnostic.message.endswith("0x3 bytes) reaches beyond the file")


@needs
def test_dumpimage_lists_and_extracts_it(tmp_path: Path) -> None:
    file = tmp_path / "a.itb"
    file.write_bytes(_written())
    listed = subprocess.run(["dumpimage", "-l", file], capture_output=True, text=True, check=True).stdout
    assert "FIT description: dtgen: a" in listed
    assert "FDT:          fdt-a.dtb\n                fdt-a-el2.dtbo" in listed
    for index, image in enumerate(IMAGES):
        if image.type == "flat_dt":
            out = tmp_path / image.name
            done = ["dumpimage", "-T", "flat_dt", "-p", str(index), "-o", str(out), str(file)]
            subprocess.run(done, check=True, capture_output=True)
            assert out.read_bytes() == image.data


@needs
@pytest.mark.parametrize("options", [[], ["-E", "-B", "8"], ["-E", "-p", "0x1000"]])
def test_what_mkimage_makes_is_read(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.dtb").write_bytes(b"base " * 100)
    (tmp_path / "a.its").write_text(
        '/dts-v1/;\n/ { description = "x"; images { base { data = /incbin/("a.dtb"); type = "flat_dt";'
        ' arch = "arm64"; compression = "none"; load = <0x4a000000>; }; };'
        ' configurations { default = "c"; c { fdt = "base"; }; }; };\n'
    )
    subprocess.run(
        ["mkimage", "-f", "a.its", *options, "a.itb"], cwd=tmp_path, check=True, capture_output=True
    )
    table = fit.read((tmp_path / "a.itb").read_bytes(), "a.itb")
    image = table.images["base"]
    assert (table.form, image.data, image.load) == (Form.FIT, b"base " * 100, 0x4A000000)
