"""What a source includes is looked at before cpp and dtc open it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.dts import compiler, includes, preprocessor
from dtgen.errors import Rejected


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "p/inc").mkdir(parents=True)
    (tmp_path / "p/dtgen.toml").touch()
    monkeypatch.chdir(tmp_path / "p")
    return Path()


def said(text: str, include: tuple[Path, ...] = ()) -> str:
    Path("o.dtso").write_text(text)
    with pytest.raises(Rejected) as refused:
        preprocessor.preprocess(Path("o.dtso"), include, compiler.Tool(("/nonexistent/cpp",)))
    (found,) = refused.value.diagnostics
    return f"{found.location.file}:{found.location.line}: {found.message} [{found.rule}]"


@pytest.mark.parametrize(
    "how", ['#include "pipe"', '/include/ "pipe"', 'x = /incbin/("pipe");', "# include <pipe>"]
)
def test_a_pipe_is_refused_before_anything_is_run(project: Path, how: str) -> None:
    os.mkfifo(project / "pipe")
    assert said(f"\n{how}\n", (project,)) == "o.dtso:2: pipe is a pipe, and no file to include [cpp]"


def test_a_device_and_a_socket_are_refused_where_they_are_included(project: Path) -> None:
    (project / "a.dtsi").write_text('\n\n#include "/dev/zero"\n')
    assert said('#include "a.dtsi"\n') == "a.dtsi:3: /dev/zero is a device, and no file to include [cpp]"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        assert said('#include "socket"\n') == "o.dtso:1: socket is a socket, and no file to include [cpp]"


def test_a_file_beyond_the_limit_is_refused(project: Path) -> None:
    with (project / "large").open("wb") as stream:
        stream.truncate(includes.MAX_SIZE)
    assert [found.shown for found in includes.included(Path("o.dtso"), '/incbin/("large")', ())] == ["large"]
    os.truncate("large", includes.MAX_SIZE + 1)
    assert said('x = /incbin/("large");') == (
        "o.dtso:1: large is larger than 16 MiB, the most that dtgen includes [cpp]"
    )


def test_files_are_read_once_whoever_includes_them(project: Path) -> None:
    """And a file that includes itself ends."""
    (project / "inc/a.h").write_text('#include "b.h"\n#include "a.h"\n#include <b.h>\n#include "absent.h"\n')
    (project / "inc/b.h").write_text('#include "a.h"\n')
    includes._read.cache_clear()
    text = '#include <a.h>\n#include "b.h"\n'
    found = list(includes.included(Path("o.dtso"), text, (Path("inc"),)))
    assert [(each.shown, each.where.file, each.where.line) for each in found] == [
        ("inc/a.h", "o.dtso", 1),
        ("inc/b.h", "o.dtso", 2),
    ]
    list(includes.included(Path("another.dtso"), text, (Path("inc"),)))
    assert includes._read.cache_info().misses == 2


def test_what_stands_outside_is_named_and_a_directory_of_i_is_inside(project: Path) -> None:
    outside = project.absolute().parent / "outside"
    outside.mkdir()
    (outside / "x.dtsi").write_text("")
    (project / "inc/a.dtsi").write_text('#include "../../outside/x.dtsi"\n')
    (project / "link.dtsi").symlink_to(outside / "x.dtsi")

    def foreign(text: str, *include: Path) -> list[str]:
        return [found.shown for found in includes.foreign(Path("o.dtso"), text, include)]

    assert foreign('#include "inc/a.dtsi"') == ["inc/../../outside/x.dtsi"]
    assert foreign('#include "link.dtsi"') == ["link.dtsi"]
    assert foreign('#include "inc/a.dtsi"', outside) == []


BOMB = "#define A0 1 1 1 1 1 1 1 1 1 1\n" + "".join(
    f"#define A{n} {f'A{n - 1} ' * 10}\n" for n in range(1, 9)
)


def test_macros_that_grow_without_end_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a smaller limit, which is reached sooner."""
    monkeypatch.setitem(compiler.children._INHERITED, compiler.children.resource.RLIMIT_FSIZE, 1 << 20)
    Path("o.dtso").write_text(BOMB + "x = <A8>;\n")
    with pytest.raises(Rejected) as refused:
        preprocessor.preprocess(Path("o.dtso"), (), compiler.find_cpp())
    (found,) = refused.value.diagnostics
    assert (found.rule, found.location.file, found.help) == (
        "cpp:crash", "o.dtso", "look for macros that double what they are given",
    )  # fmt: skip
    assert found.message.endswith("takes more than 4 GiB of memory, or writes 64 MiB")


@pytest.mark.parametrize(
    ("data", "help"),
    [(b"\x7fELF\0", ""), (b"\xd0\x0d\xfe\xed\0", "it is a blob: name it .dtb or .dtbo")],
)
def test_what_is_no_text_is_said_to_be_none(data: bytes, help: str) -> None:
    with pytest.raises(Rejected) as refused:
        preprocessor.preprocess(Path("o.dtso"), (), compiler.Tool(("/nonexistent/cpp",)), text=data)
    assert refused.value.diagnostics == (
        Diagnostic("cpp", Severity.ERROR, "this is not a text file", Location("o.dtso"), help=help),
    )
