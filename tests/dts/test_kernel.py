"""Boards of a kernel tree, compiled and cached."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.dts import compiler
from dtgen.dts.kernel import compile_sources, deletion, find_boards
from dtgen.errors import ToolError
from dtgen.project import store
from dtgen.project.layout import KernelTree

GOOD = '/dts-v1/;\n#include "soc.dtsi"\n#include <dt-bindings/ids.h>\n/ { id = <ID>; };\n'


@pytest.fixture
def kernel(tmp_path) -> Path:
    """A kernel tree with one board."""
    files = {
        "arch/arm64/boot/dts/qcom/x.dts": GOOD,
        "arch/arm64/boot/dts/qcom/soc.dtsi": "/ { soc: soc { }; };\n",
        "include/dt-bindings/ids.h": "#define ID 7\n",
    }
    for name, text in files.items():
        file = tmp_path / "linux" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "linux"


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def build(kernel, cache):
    def compile_all(*sources: str, progress=None):
        tools = compiler.find_dtc(), compiler.find_cpp()
        return compile_sources(KernelTree.at(kernel), sources, cache, *tools, progress)

    return compile_all


def board(kernel: Path, name: str) -> Path:
    return kernel / "arch/arm64/boot/dts/qcom" / name


def identity(data: bytes) -> int | None:
    return blob.read(data, "f").root.cell("id")


def test_a_board_is_compiled_with_its_includes_and_symbols(build):
    (compilation,) = build("qcom/x.dts")
    tree = blob.read(compilation.blob, "f")
    assert (compilation.source, compilation.failure) == ("qcom/x.dts", None)
    assert (tree.root.cell("id"), tree.symbols) == (7, {"soc": "/soc"})


def test_an_overlay_is_compiled(build, kernel):
    board(kernel, "x.dtso").write_text("/dts-v1/;\n/plugin/;\n&soc { x; };\n")
    (compilation,) = build("qcom/x.dtso")
    assert blob.read(compilation.blob, "f").is_overlay


def test_no_sources_give_nothing(build):
    assert build() == []


def test_compilations_are_in_the_order_of_the_sources(build, kernel):
    names = [f"{n}.dts" for n in range(8)]
    for n, name in enumerate(names):
        board(kernel, name).write_text(GOOD.replace("ID>", f"{n}>"))
    compilations = build(*(f"qcom/{name}" for name in names))
    assert [compilation.source for compilation in compilations] == [f"qcom/{name}" for name in names]
    assert [identity(compilation.blob) for compilation in compilations] == list(range(8))


def test_progress_counts_to_the_end(build):
    told = []
    build("qcom/x.dts", "qcom/x.dts", progress=lambda *numbers: told.append(numbers))
    assert told == [(1, 2), (2, 2)]


def test_a_board_that_does_not_compile_does_not_stop_the_others(build, kernel):
    broken = board(kernel, "broken.dts")
    broken.write_text("/dts-v1/;\n/ {\n\tx = <1;\n};\n")
    first, second = build("qcom/broken.dts", "qcom/x.dts")
    assert (first.blob, first.failure.diagnostics) == (
        None,
        (Diagnostic("dtc", Severity.ERROR, "syntax error", Location(str(broken), 3)),),
    )
    assert (identity(second.blob), second.failure) == (7, None)


def test_an_error_in_an_include_stands_there(build, kernel):
    board(kernel, "soc.dtsi").write_text("/ {\n\tx = <&none>;\n};\n")
    (compilation,) = build("qcom/x.dts")
    assert compilation.failure.diagnostics == (
        Diagnostic(
            "dtc",
            Severity.ERROR,
            '/: Reference to non-existent node or label "none"',
            Location(str(board(kernel, "soc.dtsi")), 1),
        ),
    )


def test_a_board_that_does_not_compile_leaves_nothing_in_the_cache(build, kernel, cache):
    board(kernel, "broken.dts").write_text("/dts-v1/;\n/ {\n")
    build("qcom/broken.dts")
    assert list(cache.rglob("*")) == []


def test_an_include_that_is_missing(build, kernel):
    file = board(kernel, "y.dts")
    file.write_text('/dts-v1/;\n#include "none.dtsi"\n')
    broken, sound = build("qcom/y.dts", "qcom/x.dts")
    assert (broken.blob, broken.failure.diagnostics) == (
        None,
        (
            Diagnostic(
                "cpp",
                Severity.ERROR,
                "none.dtsi: No such file or directory",
                Location(str(file), 2, 10),
                help="is the kernel tree complete?",
            ),
        ),
    )
    assert identity(sound.blob) == 7


def test_a_source_that_is_missing(build, kernel):
    file = board(kernel, "none.dts")
    (compilation,) = build("qcom/none.dts")
    assert compilation.failure
    (diagnostic,) = compilation.failure.diagnostics
    assert (diagnostic.rule, diagnostic.message) == (
        "unreadable",
        f"cannot read {file}: No such file or directory",
    )


def test_a_blob_is_cached(build, cache):
    (compilation,) = build("qcom/x.dts")
    (cached,) = (cache / "bases").iterdir()
    assert store.load(cached) == compilation.blob


def test_the_cached_blob_is_taken(build, cache, dtb):
    build("qcom/x.dts")
    (cached,) = (cache / "bases").iterdir()
    planted = dtb("/ { id = <99>; };")
    store.save(cached, planted)
    assert build("qcom/x.dts")[0].blob == planted


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-1], lambda data: b"\0" + data[1:]])
def test_a_damaged_blob_in_the_cache_is_compiled_again(build, cache, damage):
    (compilation,) = build("qcom/x.dts")
    (cached,) = (cache / "bases").iterdir()
    cached.write_bytes(damage(compilation.blob))
    assert build("qcom/x.dts") == [compilation]
    assert store.load(cached) == compilation.blob


def test_what_includes_without_cpp_is_compiled_each_time(build, kernel, cache):
    """The text that cpp gives does not tell what is in the file."""
    board(kernel, "x.dts").write_text('/dts-v1/;\n/include/ "id.dtsi"\n')
    for number in (5, 6):
        board(kernel, "id.dtsi").write_text(f"/ {{ id = <{number}>; }};\n")
        assert identity(build("qcom/x.dts")[0].blob) == number


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("include/dt-bindings/ids.h", "#define ID 8\n"),
        ("arch/arm64/boot/dts/qcom/soc.dtsi", "/ { id = <9>; };\n"),
        ("arch/arm64/boot/dts/qcom/x.dts", GOOD.replace("ID>", "8>")),
    ],
)
def test_a_change_of_any_file_is_seen(build, kernel, cache, file, text):
    (before,) = build("qcom/x.dts")
    (kernel / file).write_text(text)
    (after,) = build("qcom/x.dts")
    assert after.blob != before.blob
    assert len(list((cache / "bases").iterdir())) == 2


def test_a_cache_that_cannot_be_made_is_done_without(build, cache):
    cache.write_text("a file")
    (compilation,) = build("qcom/x.dts")
    assert identity(compilation.blob) == 7


def test_a_dtc_that_cannot_be_run(kernel, cache, tmp_path):
    gone = compiler.Tool((str(tmp_path / "gone"),))
    with pytest.raises(ToolError) as failed:
        compile_sources(KernelTree.at(kernel), ["qcom/x.dts"], cache, gone, compiler.find_cpp())
    assert str(failed.value) == f"{tmp_path}/gone cannot be run: No such file or directory"


@pytest.fixture
def boards(kernel) -> KernelTree:
    """The tree of `kernel` with more boards."""
    for name, compatible in {
        "acme/one.dts": '"acme,one", "acme,soc"',
        "acme/two.dts": '"acme,two", "acme,soc"',
        "acme/one-more.dts": '"acme,one-more"',
        "zeta/one.dts": '"zeta,one"',
        "zeta/soc.dtsi": '"acme,soc"',
    }.items():
        file = kernel / "arch/arm64/boot/dts" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"/dts-v1/;\n/ {{ compatible = {compatible}; }};\n")
    return KernelTree.at(kernel)


@pytest.mark.parametrize(
    ("name", "compatible", "found"),
    [
        ("one", "", ["acme/one.dts", "zeta/one.dts"]),
        ("one", "acme,one", ["acme/one.dts", "zeta/one.dts"]),
        ("none", "acme,one", ["acme/one.dts"]),
        ("none", "acme,soc", ["acme/one.dts", "acme/two.dts"]),
        ("two", "acme,soc", ["acme/two.dts", "acme/one.dts"]),
        ("two", "acme,one", ["acme/two.dts", "acme/one.dts"]),
        ("none", "acme", []),
        ("none", "", []),
        ("*", "", []),
        ("o[n]e", "", []),
        ("soc", "", []),
    ],
)
def test_boards_are_found_by_name_and_then_by_compatible(boards, name, compatible, found):
    assert [str(file.relative_to(boards.sources)) for file in find_boards(boards, name, compatible)] == found


@pytest.fixture
def deleted(kernel):
    """Where `y.dts`, which includes `soc.dtsi`, deletes the node of a label."""

    def find(label: str, dts: str, dtsi: str = ""):
        board(kernel, "y.dts").write_text(dts)
        board(kernel, "soc.dtsi").write_text(dtsi)
        return deletion(board(kernel, "y.dts"), KernelTree.at(kernel).include, label, compiler.find_cpp())

    return find


INCLUDE = '/dts-v1/;\n#include "soc.dtsi"\n\n'


@pytest.mark.parametrize(
    ("dts", "dtsi", "expected"),
    [
        ("/dts-v1/;\n/delete-node/ &dsp;\n", "", ("y.dts", 2)),
        ("/delete-node/ &dsp;\n", "", ("y.dts", 1)),
        ("// one\n/* two\n * three */\n\t/delete-node/&dsp ;\n", "", ("y.dts", 4)),
        (f"{INCLUDE}/delete-node/ &dsp;\n", "/ { };\n" * 9, ("y.dts", 4)),
        (INCLUDE, "\n\n/delete-node/ &dsp;\n", ("soc.dtsi", 3)),
        (f"{INCLUDE}/delete-node/ &dsp;\n", "/delete-node/ &dsp;\n", ("soc.dtsi", 1)),
        ("#define DSP dsp\n\n/delete-node/ &DSP;\n", "", ("y.dts", 3)),
        ("/delete-node/ &other; /delete-node/ &dsp;\n", "", ("y.dts", 1)),
        ("#if 0\n/delete-node/ &dsp;\n#endif\n", "", None),
        ("// /delete-node/ &dsp;\n/* /delete-node/ &dsp; */\n", "", None),
        ("/delete-node/ &dsp0;\n/delete-node/ &adsp;\n/delete-node/ dsp;\n", "", None),
        ("/delete-property/ dsp;\n", "", None),
        (INCLUDE, "", None),
    ],
)
def test_where_a_label_is_deleted(deleted, kernel, dts, dtsi, expected):
    place = Location(str(board(kernel, expected[0])), expected[1]) if expected else None
    assert deleted("dsp", dts, dtsi) == place


def test_linux_deletes_the_zap_shader_of_trogdor(corpus):
    source = corpus.source("qcom/sc7180-trogdor-lazor-r1.dts")
    assert deletion(source, corpus.include, "gpu_zap_shader", compiler.find_cpp()) == Location(
        str(corpus.source("qcom/sc7180-trogdor.dtsi")), 44
    )
    assert deletion(source, corpus.include, "apps_smmu", compiler.find_cpp()) is None


def test_a_board_of_linux_is_found_by_name_and_by_compatible(corpus):
    wanted = corpus.source("qcom/lemans-evk.dts")
    assert list(find_boards(corpus, "lemans-evk", "")) == [wanted]
    assert list(find_boards(corpus, "unnamed", "qcom,lemans-evk")) == [wanted]
