"""FIT sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.delivery import its
from dtgen.delivery.table import Form
from dtgen.errors import Rejected

SOURCE = """\
/dts-v1/;

/ {
	images {
		fdt-base.dtb {
			data = /incbin/("./out/base.dtb");
			type = "flat_dt";
			load = <0x0 0x4a000000>;
		};
		el2 { data = /incbin/("el2.dtbo"); };
	};

	configurations {
		default = "conf-1";
		conf-1 {
			compatible = "qcom,board-iot";
			fdt = "fdt-base.dtb", /* then */ "el2",
				"gone";
		};
	};
};
"""


def test_images_and_configurations_have_their_places() -> None:
    table = its.read(SOURCE, "a.its")
    assert table.form is Form.FIT
    base, el2 = table.images.values()
    assert (base.file, base.load, base.type) == ("./out/base.dtb", 0x4A000000, "flat_dt")
    assert (el2.name, el2.file, el2.load, str(el2.location)) == ("el2", "el2.dtbo", None, "a.its:10:3")
    (configuration,) = table.configurations
    assert configuration.compatible == "qcom,board-iot"
    assert [(piece.name, str(piece.location)) for piece in configuration.pieces] == [
        ("fdt-base.dtb", "a.its:17:10"),
        ("el2", "a.its:17:37"),
        ("gone", "a.its:18:5"),
    ]


def test_an_image_of_metadata_makes_it_qualcomms() -> None:
    source = SOURCE.replace("el2 {", 'meta { type = "qcom_metadata"; }; el2 {')
    assert its.read(source, "a.its").form is Form.QCOM


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        ("/dts-v1/;\n/ { images { };", "the block that begins here has no end", 2),
        ("/dts-v1/; / { images { }; };", "there is no /configurations in it: it is not a FIT source", 1),
        ('#include "a.h"\n/ { };', "dtc alone reads this source, without a preprocessor", 1),
        ("&label { };", "only / stands at the top of such a source", 1),
        ("/dts-v1/;\n", "there is no root node in it", None),
        ("/ {\n a { };\n a { };\n};", "a is here twice (first in line 2)", 3),
        ("/ { a = /incbin/(file); };", '/incbin/ takes a file: /incbin/("FILE")', 1),
        ('/ {\n\t/include/ "a"\n};', "/include/ is not followed here", 2),
        ("/ {" + " a {" * 100, "blocks are nested more than 64 deep", 1),
    ],
)
def test_what_is_no_fit_source_is_said_by_line(source: str, message: str, line: int | None) -> None:
    with pytest.raises(Rejected) as refusal:
        its.read(source, "a.its")
    (diagnostic,) = refusal.value.diagnostics
    assert (diagnostic.message, diagnostic.location.line) == (message, line)


def test_real_sources(tables: Path) -> None:
    small, large = (
        its.read((tables / name).read_text(), name)
        for name in ("qcom-fitimage.its", "qcom-next-fitimage.its")
    )
    assert (small.form, len(small.configurations), len(small.images)) == (Form.QCOM, 17, 18)
    assert (large.form, len(large.configurations), len(large.images)) == (Form.QCOM, 69, 62)
    metadata = its.metadata((tables / "qcom-metadata.dts").read_text(), "qcom-metadata.dts")
    assert len(metadata) == 63
    assert {"qcs9075", "iot", "r2.0", "subtype13", "4GB+", "softsku1"} <= metadata
