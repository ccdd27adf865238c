"""References by path among cells, as every release of dtc takes them."""

from __future__ import annotations

from dtgen.devicetree import blob
from dtgen.devicetree.fixups import Fixup, fixups
from dtgen.dts import compiler, path_references, places
from dtgen.dts.compiler import Tool

TEXT = """/dts-v1/;
/plugin/;
&l {
	a = <&{/b} (1 >> 0) 1>, <&{/c@1} &{/b}>;	z = <&{/fragment@0/__overlay__/own}>;
	own { s = "<&{/b}>"; path = &{/fragment@0}; };	/* <&{/b}> */
};
&{/b} { };
"""
# what dtc 1.7 does, and what of it an older one does, too
REFUSES = """#!/bin/sh
grep -q 'a = <&{' /dev/fd/0 || exec DTC "$@"
echo "FATAL ERROR: Can't generate fixup for reference to path &{/b}" >&2
exit 1
"""


def test_paths_among_cells_become_labels_as_wide():
    text, paths = path_references.labelled(TEXT)
    assert paths == {"_0_0": "/b", "_0_1__": "/c@1", "_0_2".ljust(29, "_"): "/fragment@0/__overlay__/own"}
    assert text.splitlines()[3].startswith("\ta = <&_0_0 (1 >> 0) 1>, <&_0_1__ &_0_0>;\tz = <&_0_2__")
    assert text.splitlines()[4:] == TEXT.splitlines()[4:]
    assert [len(line) for line in text.splitlines()] == [len(line) for line in TEXT.splitlines()]


def test_a_label_is_not_one_of_the_source():
    _, paths = path_references.labelled("&_0_0 { a = <&{/b}>; };")
    assert paths == {"_1_0": "/b"}


def test_every_dtc_gives_the_fixups_of_an_old_one(tmp_path):
    script = tmp_path / "dtc"
    script.write_text(REFUSES.replace("DTC", compiler.find_dtc().words[0]))
    script.chmod(0o755)
    for dtc in (compiler.find_dtc(), Tool((str(script),))):
        done = compiler.compile_overlay(TEXT, "x.dtso", dtc)
        tree = blob.read(done.blob, "x.dtso")
        place = "/fragment@0/__overlay__"
        assert fixups(tree) == {
            "l": (Fixup("/fragment@0", "target", 0),),
            "/b": (Fixup(place, "a", 0), Fixup(place, "a", 16)),
            "/c@1": (Fixup(place, "a", 12),),
        }
        assert tree.at(f"{place}/own").strings("path") == ("/fragment@0",)
        assert tree.at("/fragment@1").strings("target-path") == ("/b",)
        where = places.positions(TEXT, "x.dtso", dtc)
        assert (where[place, "z"].line, where[place, "z"].column) == (4, 43)
