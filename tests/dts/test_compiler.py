"""The compiler: programs found, messages as data, positions of nodes and properties."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from waiting import await_all

from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.dts import compiler, places, preprocessor
from dtgen.dts.compiler import Message, Tool
from dtgen.errors import Rejected, ToolError

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.fixture(scope="session")
def dtc() -> Tool:
    return compiler.find_dtc()


@pytest.fixture(scope="session")
def cpp() -> Tool:
    return compiler.find_cpp()


@pytest.fixture
def script(tmp_path):
    """An executable file with these words."""

    def write(text: str) -> Path:
        file = tmp_path / "program"
        file.write_text(text)
        file.chmod(0o755)
        return file

    return write


def error(call) -> tuple[str, str]:
    with pytest.raises(ToolError) as failed:
        call()
    return str(failed.value), failed.value.remedy


INSTALL_DTC = "install it (Debian: apt-get install device-tree-compiler) or set DTC to its path"
INSTALL_CPP = "install it (Debian: apt-get install cpp) or set CPP to its path"


def test_programs_are_found_on_the_path():
    assert compiler.find_dtc() == Tool((shutil.which("dtc"),))
    assert compiler.find_cpp() == Tool((shutil.which("cpp"),))


@pytest.mark.parametrize(("variable", "find"), [("DTC", compiler.find_dtc), ("CPP", compiler.find_cpp)])
def test_a_variable_gives_the_words_of_the_program(monkeypatch, variable, find):
    monkeypatch.setenv(variable, "env 'A=b c' dtc")
    assert find() == Tool(("env", "A=b c", "dtc"))


@pytest.mark.parametrize(
    ("variable", "find", "remedy"),
    [("DTC", compiler.find_dtc, INSTALL_DTC), ("CPP", compiler.find_cpp, INSTALL_CPP)],
)
@pytest.mark.parametrize("value", ["/nowhere/program -q", " "])
def test_a_variable_that_names_no_program(monkeypatch, variable, find, remedy, value):
    monkeypatch.setenv(variable, value)
    assert error(find) == (f"${variable} is {value!r}, and no such program can be run", remedy)


def test_a_variable_with_an_open_quote(monkeypatch):
    monkeypatch.setenv("DTC", "dtc '")
    assert error(compiler.find_dtc) == ('$DTC is "dtc \'": No closing quotation', "set DTC to a program")


def test_no_dtc_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert error(lambda: compiler.find_dtc(tmp_path)) == ("dtc was not found", INSTALL_DTC)


def test_no_cpp_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert error(compiler.find_cpp) == ("cpp was not found", INSTALL_CPP)


@pytest.fixture
def kernel_dtc(tmp_path) -> Path:
    """The dtc of a kernel tree that was built."""
    built = tmp_path / "scripts/dtc/dtc"
    built.parent.mkdir(parents=True)
    built.symlink_to(shutil.which("dtc"))
    return built


def test_the_dtc_of_the_kernel_tree_stands_in(monkeypatch, tmp_path, kernel_dtc):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compiler.find_dtc(tmp_path) == Tool((str(kernel_dtc),))


def test_the_dtc_of_the_path_comes_before_that_of_the_kernel_tree(tmp_path, kernel_dtc):
    assert compiler.find_dtc(tmp_path) == Tool((shutil.which("dtc"),))


def test_version_is_the_first_line(dtc, script):
    assert dtc.version().startswith("Version: DTC 1.")
    assert Tool((str(script("#!/bin/sh\necho one; echo two\n")),)).version() == "one"


def test_version_may_be_on_stderr(script):
    assert Tool((str(script("#!/bin/sh\necho one >&2\n")),)).version() == "one"


def test_version_of_what_cannot_be_run(script):
    program = script("\0no program")
    assert error(Tool((str(program),)).version) == (
        f"{program} cannot be run: Exec format error",
        "see `dtgen doctor`",
    )


def test_a_program_that_cannot_be_run(script):
    program = script("\0no program")
    assert error(lambda: compiler.compile_overlay("", "t.dtso", Tool((str(program),)))) == (
        f"{program} cannot be run: Exec format error",
        "see `dtgen doctor`",
    )


def refused(call) -> Diagnostic:
    with pytest.raises(Rejected) as failed:
        call()
    (diagnostic,) = failed.value.diagnostics
    return diagnostic


def test_a_source_that_dtc_does_not_get_through(monkeypatch, script):
    monkeypatch.setattr(compiler, "TIMEOUT", 0.1)
    program = script("#!/bin/sh\nexec sleep 60\n")
    found = refused(lambda: compiler.compile_overlay("", "t.dtso", Tool((str(program),))))
    assert (found.rule, found.message, found.location) == (
        "dtc:timeout",
        f"{program} did not end within 0.1 s",
        Location("t.dtso"),
    )
    assert found.help == "look at its #…-cells: with 0xffffffff, dtc 1.6 counts forever"
    assert error(Tool((str(program),)).version)[0] == f"{program} --version did not end within 0.1 s"


def test_a_source_that_dtc_crashes_on(script):
    program = script("#!/bin/sh\nkill -SEGV $$\n")
    found = refused(lambda: compiler.compile_overlay("", "t.dtso", Tool((str(program),))))
    assert (found.rule, found.message, found.location) == (
        "dtc:crash",
        f"{program} crashed, or there was no memory left",
        Location("t.dtso"),
    )


def test_a_dtc_that_fails_in_its_own_words(script):
    program = script("#!/bin/sh\necho 'FATAL ERROR: out of memory' >&2\nexit 1\n")
    found = refused(lambda: compiler.compile_overlay("", "t.dtso", Tool((str(program),))))
    assert (found.rule, found.message, found.location) == ("dtc", "out of memory", Location("t.dtso"))


def test_a_dtc_that_fails_without_a_word(script):
    program = script("#!/bin/sh\nexit 1\n")
    assert error(lambda: compiler.compile_overlay("", "t.dtso", Tool((str(program),)))) == (
        f"{program} cannot compile t.dtso: it ended with 1 and said nothing",
        "see `dtgen doctor`",
    )


def test_a_program_that_is_no_dtc(script):
    program = script("#!/bin/sh\nexit 0\n")
    assert error(lambda: compiler.compile_overlay("", "t.dtso", Tool((str(program),)))) == (
        f"{program} gave nothing for t.dtso: is it dtc?",
        "see `dtgen doctor`",
    )


def overlay(dtc, body: str) -> compiler.Compiled:
    return compiler.compile_overlay(f"/dts-v1/;\n/plugin/;\n{body}", "board.dtso", dtc)


def test_an_overlay_is_compiled_with_symbols(dtc):
    compiled = overlay(dtc, "&soc { dsp: dsp { }; };")
    assert compiled.messages == ()
    assert blob.read(compiled.blob, "f").symbols == {"dsp": "/fragment@0/__overlay__/dsp"}


def test_a_base_is_compiled_with_symbols(dtc):
    compiled = compiler.compile_base(b"/dts-v1/;\n/ { dsp: dsp { }; };", "board.dts", dtc)
    assert blob.read(compiled.blob, "f").symbols == {"dsp": "/dsp"}


def test_the_warnings_of_a_base_are_left_out(dtc):
    compiled = compiler.compile_base(b"/dts-v1/;\n/ { dsp@1 { }; };", "board.dts", dtc)
    assert compiled.blob is not None
    assert compiled.messages == ()


def test_what_dtc_says_falsely_of_a_lone_overlay_is_left_out(dtc):
    assert overlay(dtc, "&soc { dsp@1 { reg = <0x1>; }; };").messages == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "&soc {\n\tdsp@1 { };\n};",
            Message(
                WARNING,
                Location("board.dtso", 4, 8),
                "unit_address_vs_reg",
                "/fragment@0/__overlay__/dsp@1: node has a unit name, but no reg or ranges property",
            ),
        ),
        (
            '&soc {\n\tstatus = "okay", <1>;\n};',
            Message(
                WARNING,
                Location("board.dtso", 4, 2),
                "status_is_string",
                "/fragment@0/__overlay__:status: property is not a string",
            ),
        ),
    ],
)
def test_a_warning(dtc, body, message):
    compiled = overlay(dtc, body)
    assert compiled.blob is not None
    assert compiled.messages == (message,)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("&soc {\n\tx = <1;\n};", Message(ERROR, Location("board.dtso", 4, 8), "", "syntax error")),
        (
            "&soc {\n\tx;\n\tx;\n};",
            Message(
                ERROR,
                Location("board.dtso", 4, 2),
                "duplicate_property_names",
                "/fragment@0/__overlay__:x: Duplicate property name",
            ),
        ),
        (
            "&soc {\n\tx { };\n\tx { };\n};",
            Message(
                ERROR,
                Location("board.dtso", 5, 4),
                "duplicate_node_names",
                "/fragment@0/__overlay__/x: Duplicate node name",
            ),
        ),
        (
            "&soc {\n\ta: x { };\n\ta: y { };\n};",
            Message(
                ERROR,
                Location("board.dtso", 5, 7),
                "duplicate_label",
                "/fragment@0/__overlay__/y: Duplicate label 'a' on /fragment@0/__overlay__/y "
                "and /fragment@0/__overlay__/x",
            ),
        ),
    ],
)
def test_an_error(dtc, body, message):
    compiled = overlay(dtc, body)
    assert compiled.blob is None
    assert compiled.messages == (message,)


def test_an_error_of_a_base_stands_where_its_line_markers_say(dtc):
    source = b'# 1 "first.dts"\n/dts-v1/;\n# 1 "soc.dtsi" 1\n\n/ { x = <&none>; };\n'
    assert compiler.compile_base(source, "board.dts", dtc).messages == (
        Message(
            ERROR,
            Location("soc.dtsi", 2, 3),
            "phandle_references",
            '/: Reference to non-existent node or label "none"',
        ),
    )


def test_what_is_no_source(dtc):
    assert compiler.compile_base(b"no source", "board.dts", dtc).messages == (
        Message(ERROR, Location("board.dts", 1, 1), "", "syntax error"),
    )


def test_a_name_that_looks_like_an_option_is_a_name(dtc):
    assert compiler.compile_overlay("x", "--help", dtc).messages == (
        Message(ERROR, Location("--help", 1, 1), "", "syntax error"),
    )


def test_a_word_that_is_none_of_the_language(tmp_path):
    """In the words of an older dtc and of dtc 1.8."""
    dtc = tmp_path / "dtc"
    for said in (
        "Error: /dev/fd/0:3.11-12 syntax error",
        "Lexical error: /dev/fd/0:3.11-14 Unexpected 'FOO'",
    ):
        dtc.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 1\n')
        dtc.chmod(0o755)
        done = compiler.compile_overlay("/dts-v1/;\n/plugin/;\n&l { x = <FOO>; };", "f", Tool((str(dtc),)))
        assert done.messages == (Message(Severity.ERROR, Location("f", 3, 11), "", "syntax error"),)


def test_where_else_a_node_is_defined_is_no_message_of_its_own(dtc):
    assert overlay(dtc, "/ { dsp@1 { }; };\n/ { dsp@1 { x; }; };").messages == (
        Message(
            WARNING,
            Location("board.dtso", 3, 11),
            "unit_address_vs_reg",
            "/dsp@1: node has a unit name, but no reg or ranges property",
        ),
    )


def test_preprocess_includes_and_defines_as_the_kernel_does(tmp_path, cpp):
    (tmp_path / "a.dts").write_text('#include "b.h"\n#ifdef __DTS__\n/ { x = <VALUE>; linux; };\n#endif\n')
    (tmp_path / "include").mkdir()
    (tmp_path / "include/b.h").write_text("#define VALUE 7\n")
    text = preprocessor.preprocess(tmp_path / "a.dts", [tmp_path / "include"], cpp)
    assert text.splitlines()[-1] == b"/ { x = <7>; linux; };"


def missing_include(file: Path, line: int) -> tuple[Diagnostic, ...]:
    message = "none.dtsi: No such file or directory"
    return (Diagnostic("cpp", ERROR, message, Location(str(file), line, 10), help=compiler.SAY_WHERE),)


def test_preprocess_names_the_include_that_is_missing(tmp_path, cpp):
    file = tmp_path / "a.dts"
    file.write_text('\n#include "none.dtsi"\n')
    with pytest.raises(Rejected) as refused:
        preprocessor.preprocess(file, [], cpp)
    assert refused.value.diagnostics == missing_include(file, 2)


def test_preprocess_names_the_include_that_is_missing_in_an_include(tmp_path, cpp):
    file = tmp_path / "a.dts"
    file.write_text('#include "soc.dtsi"\n')
    (tmp_path / "soc.dtsi").write_text('\n\n#include "none.dtsi"\n')
    with pytest.raises(Rejected) as refused:
        preprocessor.preprocess(file, [], cpp)
    assert refused.value.diagnostics == missing_include(tmp_path / "soc.dtsi", 3)


def test_preprocess_of_a_file_that_is_not_there(tmp_path, cpp):
    file = tmp_path / "a.dts"
    assert error(lambda: preprocessor.preprocess(file, [], cpp)) == (
        f"cannot read {file}: No such file or directory",
        "",
    )


SOURCE = """/dts-v1/;
/plugin/;

&a {
	x = "};", "/ {";
	n: m: n@1 {
		#x-cells = <1>;
		qcom,y+z_1 = <&a 1>, [00 ff],
			"long";
		inner { bool; };
	};
};

&b { };
"""

BODY = "/fragment@0/__overlay__"


def test_positions_of_nodes_and_properties(dtc):
    assert places.positions(SOURCE, "board.dtso", dtc) == {
        (BODY, None): Location("board.dtso", 4, 4),
        (BODY, "x"): Location("board.dtso", 5, 2),
        (f"{BODY}/n@1", None): Location("board.dtso", 6, 12),
        (f"{BODY}/n@1", "#x-cells"): Location("board.dtso", 7, 3),
        (f"{BODY}/n@1", "qcom,y+z_1"): Location("board.dtso", 8, 3),
        (f"{BODY}/n@1/inner", None): Location("board.dtso", 10, 9),
        (f"{BODY}/n@1/inner", "bool"): Location("board.dtso", 10, 11),
        ("/fragment@1/__overlay__", None): Location("board.dtso", 14, 4),
    }


def test_position_of_a_property_with_every_character_of_a_name(dtc):
    source = "/dts-v1/;\n/plugin/;\n&a {\n\ta,._+*#?-0 = <1>;\n};\n"
    assert places.positions(source, "f", dtc)[BODY, "a,._+*#?-0"] == Location("f", 4, 2)


def test_position_of_a_node_that_is_written_twice_is_the_last(dtc):
    source = "/dts-v1/;\n/plugin/;\n/ { n { }; };\n/ { n { x; }; };\n"
    assert places.positions(source, "f", dtc)["/n", None] == Location("f", 4, 7)


def test_positions_of_what_does_not_compile_are_none(dtc):
    assert places.positions("/dts-v1/;\n/plugin/;\n&a {", "f", dtc) == {}


def test_every_node_and_property_that_was_written_has_a_position(corpus, dtc):
    source = (corpus.sources / "qcom/lemans-el2.dtso").read_text()
    found = places.positions(source, "lemans-el2.dtso", dtc)
    tree = blob.read(compiler.compile_overlay(source, "lemans-el2.dtso", dtc).blob, "f")
    written = {
        (node.path, name)
        for node in tree.nodes.values()
        if "/__overlay__" in node.path
        for name in (None, *node.properties)
        if name != "phandle"
    }
    assert set(found) == written
    lines = source.splitlines()
    assert all(
        lines[where.line - 1][where.column - 1 :].startswith(name)
        for (_, name), where in found.items()
        if name
    )


@pytest.mark.parametrize(
    "tree",
    (
        "/ { a@1 { }; soc { #size-cells = <3>; }; };",
        "/ { compatible = <1>; #address-cells = [ff]; };",
        "/ { a { phandle = <1>; }; b { phandle = <1>; }; };",
    ),
)
def test_what_is_checked_need_not_be_written(tree):
    def ran(options, given):
        return subprocess.run([*dtc.words, *options, "-"], input=given, capture_output=True, check=False)

    dtc = compiler.find_dtc()
    data = ran(("-f", "-O", "dtb"), f"/dts-v1/; {tree}".encode()).stdout
    said = ran(("-I", "dtb", "-O", "dtb", *compiler._BLOB_OPTIONS), data).stderr.decode()
    with compiler.checking(data, dtc) as checks:
        assert checks() == compiler._of_blob(said) != frozenset()


def test_checks_that_do_not_end_are_told(dtb, tmp_path, monkeypatch):
    monkeypatch.setattr(compiler, "CHECK_TIMEOUT", 1)
    # as dtc 1.6 at a #clock-cells of 0xffffffff, which newer ones refuse
    endless = tmp_path / "dtc"
    endless.write_text("#!/bin/sh\nexec sleep 1000\n")
    endless.chmod(0o755)
    with compiler.checking(dtb("/ { };"), Tool((str(endless),))) as checks:
        (message,) = checks()
    assert message.check == "timeout"
    assert message.text.endswith("did not end within 1 s: none of its checks was made")


def test_checks_that_are_not_asked_for_are_given_up(dtb, tmp_path):
    script = tmp_path / "dtc"
    script.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 1000\n")
    script.chmod(0o755)
    pid = tmp_path / "pid"
    with compiler.checking(dtb("/ { };"), Tool((str(script),))):
        await_all(lambda: pid.exists() and pid.read_text().strip())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("kill -9 $$", "crashed, or there was no memory left: none of its checks was made"),
        ("exit 139", "crashed, or there was no memory left: none of its checks was made"),
        ("echo FATAL ERROR: out of it >&2; exit 1", "ended: out of it: none of its checks was made"),
    ],
)
def test_checks_that_end_before_their_end_are_told(dtb, tmp_path, does, told):
    script = tmp_path / "dtc"
    script.write_text(f"#!/bin/sh\ncat >/dev/null\n{does}\n")
    script.chmod(0o755)
    with compiler.checking(dtb("/ { };"), Tool((str(script),))) as checks:
        (message,) = checks()
    assert (message.check, message.text) == ("crash", f"{script} {told}")


def test_without_dtc_nothing_is_checked(dtb, tmp_path):
    with (
        pytest.raises(ToolError, match="none cannot be run: No such file or directory"),
        compiler.checking(dtb("/ { };"), Tool((str(tmp_path / "none"),))),
    ):
        pass


@pytest.mark.parametrize(
    ("given", "date"),
    [(None, "Thu Jan  1 00:00:00 1970"), ("1790000000", "Mon Sep 21 14:13:20 2026")],
)
def test_the_time_is_the_same_in_every_run(cpp, tmp_path, monkeypatch, given, date):
    if given:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    else:
        monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (tmp_path / "a.dtso").write_text("__TIMESTAMP__\n__DATE__\n__TIME__\n")
    lines = preprocessor.preprocess(tmp_path / "a.dtso", (), cpp).decode().splitlines()[-3:]
    assert lines == [f'"{date}"', f'"{date[4:10]} {date[20:]}"', f'"{date[11:19]}"']


def test_a_time_that_is_none(cpp, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    (tmp_path / "a.dtso").touch()
    assert error(lambda: preprocessor.preprocess(tmp_path / "a.dtso", (), cpp)) == (
        "$SOURCE_DATE_EPOCH is 'today', not a time",
        "set it to a number of seconds since 1970",
    )


@pytest.mark.parametrize("wanted", ['/include/ "in/a.dtsi"', 'data = /incbin/("in/a.dtsi");'])
def test_a_file_that_dtc_does_not_find_is_wanted_in_a_line(dtc, wanted):
    found = refused(lambda: overlay(dtc, f"&{{/}} {{\n\t{wanted}\n}};\n"))
    assert str(found.location) == "board.dtso:4"
    assert found.message == "in/a.dtsi: No such file or directory"
