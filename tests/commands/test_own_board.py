"""A board out of the kernel tree: its source wherever a blob may be, with lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import CARRIER, Said, carrier, dtgen

KERNEL = "../linux"
NO_SOC = (
    "dts/carrier.dts:2:10: error: soc.dtsi: No such file or directory [cpp]\n"
    "    help: give its directory with -I DIR, or the kernel tree with --kernel DIR\n"
)
GOOD = "/dts-v1/;\n/plugin/;\n\n&dsp {\n\tiommus = <&smmu 0x3000 0x0>;\n};\n"
SHORT = (
    "short.dtso:5:2: error: entry 1 of iommus has 1 cell after the phandle, &smmu takes 2 (#iommu-cells) "
    "[malformed-specifier]\n    /dsp: iommus\n"
    "    help: an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> with one\n"
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = carrier(tmp_path)
    (directory / "good.dtso").write_text(GOOD)
    (directory / "short.dtso").write_text(GOOD.replace(" 0x0>", ">"))
    monkeypatch.chdir(directory)
    return directory


def test_a_description_is_built_on_the_projects_own_board() -> None:
    assert dtgen("build", "mine", "-q") == Said(1, NO_SOC)
    assert dtgen("build", "mine", "-q", "--kernel", KERNEL) == Said(0, "")
    assert Path("build/mine/carrier-el2.dtb").is_file()
    soc, headers = "../linux/arch/arm64/boot/dts/qcom", "../linux/include"
    assert dtgen("build", "mine", "-q", "-I", soc, "-I", headers) == Said(0, "")
    assert dtgen("build", "mine", "-q", "--base", "dts/carrier.dts", "--kernel", KERNEL) == Said(0, "")


@pytest.mark.parametrize("options", [(), ("--kernel", KERNEL)])
def test_a_dot_that_was_forgotten(options: tuple[str, ...]) -> None:
    description = Path("boards/mine.yaml")
    description.write_text(description.read_text().replace("./dts", "dts"))
    said = dtgen("build", "mine", "-q", *options)
    assert (said.code, said.out.splitlines()[0], said.out.splitlines()[-1]) == (
        1,
        "boards/mine.yaml:6:9: error: dts/carrier.dts is looked for in the kernel's sources, but it is "
        "the project's [missing-base]",
        "    help: write ./dts/carrier.dts",
    )


def test_the_settings_of_the_project_say_where_it_includes_from(project: Path) -> None:
    Path("dtgen.toml").write_text('kernel = "../linux"\n')
    assert dtgen("build", "mine", "-q") == Said(0, "")
    assert dtgen("check", "-q", "boards", "dts/carrier.dts") == Said(0, "")
    Path("dtgen.toml").write_text('include = ["../linux/arch/arm64/boot/dts/qcom", "../linux/include"]\n')
    assert dtgen("build", "mine", "-q") == Said(0, "")
    assert dtgen("check", "-q", "boards") == Said(0, "")


def test_the_settings_count_for_the_style_too() -> None:
    Path("with.dtso").write_text(GOOD.replace("/plugin/;", "/plugin/;\n\n#include <dt-bindings/x.h>"))
    assert dtgen("format", "--check", "with.dtso").code == 1
    Path("dtgen.toml").write_text('kernel = "../linux"\n')
    assert dtgen("format", "--check", "-q", "with.dtso") == Said(0, "")


def test_a_base_brings_the_descriptions_that_name_it() -> None:
    Path("dtgen.toml").write_text('kernel = "../linux"\n')
    Path("dts/carrier.dts").write_text(CARRIER.replace("&dsp", "/delete-node/ &smmu;\n\n&dsp"))
    said = dtgen("check", "dts/carrier.dts")
    assert said.out.startswith("boards/mine.yaml:8:")
    assert "error: the base has no label smmu [unknown-label]" in said.out
    assert said.out.splitlines()[-1].startswith("checked 2 files (1 board source, 1 description): 1 error")
    Path("dts/carrier.dts").unlink()
    assert dtgen("check", "boards") == Said(
        1,
        "boards/mine.yaml:6:9: error: dts/carrier.dts does not exist: carrier is left out [missing-base]\n"
        "    6 | bases: [./dts/carrier.dts]\n      |         ^^^^^^^^^^^^^^^^^\n"
        f"    help: ./ stands for {Path.cwd()}, the directory above boards/\n"
        "checked 1 file (1 description): 1 error\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", "dts/carrier.dts", "good.dtso", "-o", "out.dtb", "-q"),
        ("validate", "good.dtso", "--base", "dts/carrier.dts", "-q"),
        ("validate", "dts/carrier.dts", "--against", "dts/carrier.dts", "-q"),
    ],
)
def test_sources_stand_for_blobs(arguments: tuple[str, ...]) -> None:
    assert dtgen(*arguments, "--kernel", KERNEL) == Said(0, "")
    assert NO_SOC in dtgen(*arguments).out


@pytest.mark.parametrize("command", ["streams", "memory"])
def test_the_maps_of_a_source(command: str) -> None:
    dtgen("apply", "dts/carrier.dts", "good.dtso", "-o", "out.dtb", "-q", "--kernel", KERNEL)
    of_blob, of_source = dtgen(command, "out.dtb"), dtgen(command, "dts/carrier.dts", "--kernel", KERNEL)
    assert (of_blob.code, of_source.code) == (0, 0)
    said = dtgen(command, "dts/carrier.dts")
    line = '    2 | #include "soc.dtsi"\n      |          ^^^^^^^^^^\n'
    assert said == Said(1, "", NO_SOC.replace("[cpp]\n", f"[cpp]\n{line}"))


def test_a_difference_of_sources() -> None:
    assert dtgen("diff", "dts/carrier.dts", "good.dtso", "--kernel", KERNEL) == Said(
        1, "--- dts/carrier.dts\n+++ good.dtso\n  &dsp  /dsp\n    + iommus = <&smmu 0x3000 0x0>\n"
    )


def test_findings_stand_at_the_lines_of_the_sources() -> None:
    said = dtgen("validate", "short.dtso", "--base", "dts/carrier.dts", "-q", "--kernel", KERNEL)
    assert said == Said(1, SHORT)
    Path("dts/carrier.dts").write_text(CARRIER.replace("status", "iommus = <&smmu 1>;\n\tstatus"))
    said = dtgen("validate", "dts/carrier.dts", "-q", "--kernel", KERNEL)
    assert said.out.splitlines()[0].startswith("dts/carrier.dts:5:2: error: entry 1 of iommus has 1 cell")
    said = dtgen("validate", "dts/carrier.dts", "--against", "dts/carrier.dts", "-q", "--kernel", KERNEL)
    assert said == Said(0, "")
    Path("dts/carrier.dts").write_text(CARRIER.replace("&dsp", "&dsb"))
    said = dtgen("validate", "dts/carrier.dts", "-q", "--kernel", KERNEL)
    assert said.out.startswith("dts/carrier.dts:4:1: error: Label or path dsb not found [dtc]")


def test_a_description_of_ones_own_board_and_its_tables() -> None:
    Path("dtgen.toml").write_text('kernel = "../linux"\n')
    assert dtgen("new", "yours", "--base", "dts/carrier.dts", "--alone").code == 0
    assert "bases: [./dts/carrier.dts]\n" in Path("boards/yours.yaml").read_text()
    assert dtgen("deliver", "mine", "--as", "extlinux", "-q").code == 0
    assert Path("build/mine/deliver/dtb/carrier.dtb").is_file()
