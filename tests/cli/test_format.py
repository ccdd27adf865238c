"""`dtgen format`: files in, files out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.cli import main
from dtgen.commands import format
from dtgen.devicetree import blob, diff
from dtgen.devicetree.fragments import Overlay
from dtgen.dts import compiler
from dtgen.dts.preprocessed import Preprocessed
from dtgen.overlay.merge import merge
from dtgen.project.layout import KernelTree

Run = Callable[..., tuple[int, str, str]]

TOP = "// SPDX-License-Identifier: MIT\n/* S */\n\n/dts-v1/;\n/plugin/;\n\n"
GOOD = TOP + '&a {\n\tstatus = "disabled";\n};\n'
BAD = TOP + '&b {\n        reg = <0xAB>;\n};\n&a {\n\tstatus = "disabled";\n};\n'
BAD_FORMATTED = TOP + '&a {\n\tstatus = "disabled";\n};\n\n&b {\n\treg = <0xab>;\n};\n'


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**sources: str) -> None:
    for name, text in sources.items():
        Path(f"{name}.dtso").write_text(text, encoding="utf-8", newline="")


def text(name: str) -> str:
    return Path(f"{name}.dtso").read_text(encoding="utf-8")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Exit code, output, complaints."""

    def execute(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dtgen", "format", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return execute


def test_files_are_formatted_in_place(run: Run) -> None:
    write(bad=BAD, good=GOOD)
    before = Path("good.dtso").stat().st_mtime_ns
    assert run("bad.dtso", "good.dtso") == (
        0, "formatted bad.dtso\n1 file formatted, 1 file unchanged\n", "",
    )  # fmt: skip
    assert text("bad") == BAD_FORMATTED
    assert Path("good.dtso").stat().st_mtime_ns == before
    assert run("bad.dtso", "bad.dtso", "./bad.dtso") == (0, "1 file unchanged\n", "")
    assert run("bad.dtso", "-q") == (0, "", "")
    assert sorted(file.name for file in Path().iterdir()) == ["bad.dtso", "good.dtso"]


def test_check_names_what_would_change_and_writes_nothing(run: Run) -> None:
    write(bad=BAD, good=GOOD)
    assert run("--check", "bad.dtso", "good.dtso") == (
        1, "would format bad.dtso\n1 file would change, 1 file unchanged\n", "",
    )  # fmt: skip
    assert text("bad") == BAD
    assert run("--check", "good.dtso") == (0, "1 file unchanged\n", "")


def test_diff_shows_what_would_change_and_writes_nothing(run: Run) -> None:
    write(bad=TOP + "&a {\n  b;\n};", good=GOOD)
    assert run("--diff", "bad.dtso", "good.dtso") == (
        1,
        "--- bad.dtso\n+++ bad.dtso\n@@ -5,5 +5,5 @@\n /plugin/;\n \n &a {\n-  b;\n-};\n"
        "\\ No newline at end of file\n+\tb;\n+};\n",
        "",
    )
    assert text("bad").endswith("\n  b;\n};")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            TOP + "&a {\n\tb = <1>\n};\n",
            "x.dtso:8:9: error: syntax error: expected ; before line 9 [dtc]\n"
            "    8 |     b = <1>\n"
            "      |            ^\n"
            "    help: is a ; missing at the end of this line?\n",
        ),
        (
            "/dts-v1/;\n/ {\n  a;\n};\n",
            "x.dtso: error: this is not an overlay: it has no /plugin/; [format]\n"
            "    help: write /plugin/; after /dts-v1/; where it is an overlay: only these are formatted\n",
        ),
        (
            TOP + "#if 1\n&a {\n#else\n&b {\n#endif\n  c;\n};\n",
            "x.dtso:8: error: it compiles, but the block that begins here has no end: left as it is [format]\n"
            "    8 | &a {\n"
            "    help: an #if that chooses between halves of a block is the most common cause: give each its own\n",
        ),
        (
            TOP + "#define L\n&b { x = <__LINE__>; };\n",
            "x.dtso: error: formatted, it would give another blob: left as it is [format]\n"
            "    help: a macro that counts lines or joins tokens can do that; else it is a bug in dtgen: "
            "please report it\n",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_stays_and_the_others_are_formatted(run: Run, source: str, message: str) -> None:
    write(x=source, y=BAD)
    code, out, err = run("x.dtso", "y.dtso")
    assert out == message + "formatted y.dtso\n1 file formatted, 1 file refused\n"
    assert (code, err, text("x"), text("y")) == (1, "", source, BAD_FORMATTED)


def test_what_is_no_utf_8_is_refused_at_its_line(run: Run) -> None:
    Path("x.dtso").write_bytes(TOP.encode() + b"/* \xe9 */\n")
    assert run("x.dtso")[:2] == (
        1,
        "x.dtso:7: error: this line is not UTF-8 [format]\n    7 | /* \ufffd */\n"
        "    help: convert it: iconv -t UTF-8\n"
        "1 file refused\n",
    )


def test_includes_are_found_with_an_option_beside_the_file_and_in_its_kernel_tree(run: Run) -> None:
    source = '/dts-v1/;\n/plugin/;\n\n#include <dt-bindings/b.h>\n#include "c.h"\n\n&a {\n  b = <B C>;\n};\n'
    for name in ("include/dt-bindings", "arch/arm64/boot/dts/qcom", "elsewhere"):
        Path(name).mkdir(parents=True)
    Path("include/dt-bindings/b.h").write_text("#define B 0xA\n")
    for name in ("arch/arm64/boot/dts/qcom", "elsewhere"):
        Path(f"{name}/c.h").write_text("#define C 1\n")
        Path(f"{name}/x.dtso").write_text(source)
    assert run("--check", "arch/arm64/boot/dts/qcom/x.dtso")[0] == 1
    shutil.move("elsewhere", "../elsewhere")
    assert "[cpp]" in run("--check", "../elsewhere/x.dtso")[1]
    assert run("--check", "../elsewhere/x.dtso", "-I", "include")[0] == 1
    assert run("--check", "../elsewhere/x.dtso", "--kernel", ".")[0] == 1
    assert run("../elsewhere/x.dtso", "--kernel", ".")[0] == 0
    assert Path("../elsewhere/x.dtso").read_text() == source.replace("  b =", "\tb =")
    shutil.rmtree("../elsewhere")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x.dtso",), "dtgen: error: cannot read x.dtso: No such file or directory\n"),
        ((".",), "dtgen: error: cannot read .: Is a directory\n"),
    ],
)
def test_what_cannot_be_read(run: Run, arguments: tuple[str, ...], message: str) -> None:
    assert run(*arguments) == (2, "", message)


def test_the_file_behind_a_link_is_written_and_keeps_its_mode(run: Run) -> None:
    write(bad=BAD)
    Path("bad.dtso").chmod(0o640)
    Path("link.dtso").symlink_to("bad.dtso")
    assert run("link.dtso")[0] == 0
    assert Path("link.dtso").is_symlink()
    assert text("bad") == BAD_FORMATTED
    assert Path("bad.dtso").stat().st_mode & 0o777 == 0o640


def test_the_overlays_of_linux_keep_their_meaning(corpus: KernelTree, directory: Path) -> None:
    names = [shutil.copy(file, directory) for file in corpus.root.rglob("*.dtso")]
    request = format.FormatRequest(tuple(Path(name) for name in names), kernel=corpus)
    result = format.reformat(request, write=True)
    assert (len(result.files), len(result.changed), result.diagnostics) == (25, 9, ())
    assert format.reformat(request, write=True).changed == ()


@pytest.mark.parametrize(
    ("board", "overlay"),
    [
        ("qrb2210-rb1.dts", "qrb2210-rb1-vision-mezzanine"),
        ("qcs6490-rb3gen2.dts", "qcs6490-rb3gen2-industrial-mezzanine"),
        ("sm8550-hdk.dts", "sm8550-hdk-display-card"),
    ],
)
def test_a_sorted_overlay_does_the_same_to_its_board(
    corpus: KernelTree, compiled: Callable[[str], bytes], board: str, overlay: str
) -> None:
    request = format.FormatRequest((corpus.source(f"qcom/{overlay}.dtso"),), kernel=corpus)
    (file,) = format.reformat(request, write=False).files
    base = compiled(board)
    merged = []
    for source in (file.old, file.new):
        Path("x.dtso").write_text(source, encoding="utf-8")
        data = Preprocessed.of(Path("x.dtso"), corpus.include).overlay(compiler.find_dtc()).blob
        assert data
        tree = blob.read(base, "base.dtb")
        merged.append(merge(tree, base, Overlay.of(blob.read(data, "x.dtbo")), data).tree)
    assert file.is_changed
    assert list(diff.changes(*merged)) == []
