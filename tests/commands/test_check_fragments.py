"""Fragments in their order, what is outside of them, nodes called `__…__`: on a board of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.commands.check import check
from dtgen.commands.check_bases import Options
from dtgen.diagnostics import Severity
from dtgen.project import layout
from dtgen.report import text
from dtgen.report.style import Style
from dtgen.results import FileResult

HEAD = "// SPDX-License-Identifier: BSD-3-Clause\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n"
TO_ROOT = "    help: write &{/} { … }; in the place of / { … };\n"
LED = '\n\t\t\tcompatible = "gpio-leds";\n\t\t'
EXTRA = '\tfragment@{} {{\n\t\ttarget-path = "/";\n\n\t\t__overlay__ {{\n\t\t\textra: example-extra {{\n\t\t\t\tcompatible = "gpio-leds";\n\t\t\t}};\n\t\t}};\n\t}};\n'
DISABLE = '\tfragment@{} {{\n\t\ttarget = <&extra>;\n\n\t\t__overlay__ {{\n\t\t\tstatus = "disabled";\n\t\t}};\n\t}};\n'

CASES: dict[str, tuple[str, str]] = {
    "later-fragment": (
        "&{/soc@0} {\n\tholder@1 {\n\t\treg = <0x0 0x1 0x0 0x1>;\n\t};\n};\n\n"
        '&{/soc@0/holder@1} {\n\tstatus = "okay";\n};\n',
        "",
    ),
    "by-path": (
        '&{/} {\n\texample-extra {\n\t\tcompatible = "gpio-leds";\n\t};\n};\n\n'
        '&{/example-extra} {\n\tstatus = "disabled";\n};\n',
        "",
    ),
    "wrong-order": (
        '&{/example-extra} {\n\tstatus = "disabled";\n};\n\n&{/} {\n\texample-extra {\n\t\tcompatible = "gpio-leds";\n\t};\n};\n',
        "wrong-order.dtso:7:1: error: /example-extra is a node that fragment@1 of this overlay adds later "
        "[fragment-target]\n    /fragment@0: target-path\n    also /fragment@1   (wrong-order.dtso:11:1)\n"
        "    help: put that fragment first\n",
    ),
    "local-target": (f"/ {{\n{EXTRA.format(0)}\n{DISABLE.format(1)}}};\n", ""),
    "local-target-later": (
        f"/ {{\n{DISABLE.format(0)}\n{EXTRA.format(1)}}};\n",
        "local-target-later.dtso:9:3: error: &extra is a node that fragment@1 of this overlay adds later "
        "[fragment-target]\n    /fragment@0: target\n    also /fragment@1   (local-target-later.dtso:16:2)\n"
        "    help: put that fragment first\n",
    ),
    "local-block": (
        '&{/soc@0} {\n\tmine: extra@1 {\n\t\tcompatible = "syscon", "simple-mfd";\n\t\treg = <0x0 0x1 0x0 0x1>;\n\t\ttwo;\n\t};\n};\n\n'
        '&mine {\n\tstatus = "disabled";\n\t/delete-property/ two;\n};\n',
        "",
    ),
    "bare-root": (
        '/ {\n\tvreg_x: regulator-x {\n\t\tcompatible = "regulator-fixed";\n\t\tregulator-name = "x";\n\t};\n};\n\n'
        "&usb_0_hsphy {\n\tvdda-pll-supply = <&vreg_x>;\n};\n",
        "bare-root.dtso:8:10: error: &vreg_x is in no fragment, and an overlay does not merge it: vdda-pll-supply of "
        "&usb_0_hsphy refers to it, and no node has the phandle 0x289 [dangling-reference]\n"
        "    also /soc@0/phy@88e4000: vdda-pll-supply   (bare-root.dtso:15:2)\n" + TO_ROOT,
    ),
    "bare-node": (
        '/ {\n\tlost-node {\n\t};\n\n\tmetadata {\n\t};\n};\n\n&iris {\n\tstatus = "disabled";\n};\n',
        "bare-node.dtso:8:2: warning: /lost-node is in no fragment, and an overlay does not merge it [lost-node]\n"
        + TO_ROOT,
    ),
    "memreserve": (
        '/memreserve/ 0x90000000 0x100000;\n\n&iris {\n\tstatus = "disabled";\n};\n',
        "memreserve.dtso:7: warning: /memreserve/ 0x90000000 0x100000 is lost: libfdt does not merge an overlay's "
        "reservations [lost-node]\n    help: write a node with that reg into &{/reserved-memory} { … };\n",
    ),
    "symbols": (
        '&{/} {\n\t__symbols__ {\n\t\tmy_adsp = "/soc@0/remoteproc@30000000";\n\t};\n};\n',
        "symbols.dtso:8:2: info: the overlay adds 1 label to the base by hand: "
        "my_adsp (/soc@0/remoteproc@30000000) [added-label]\n",
    ),
}


@pytest.fixture(scope="module")
def checked(
    compiled: Callable[[str], bytes], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, FileResult]:
    """All of them on lemans-evk."""
    directory = tmp_path_factory.mktemp("fragments")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        Path("lemans-evk.dtb").write_bytes(compiled("lemans-evk.dts"))
        files = [Path(f"{name}.dtso") for name in CASES]
        for file in files:
            file.write_text(HEAD + CASES[file.stem][0])
        options = Options(bases=(Path("lemans-evk.dtb"),))
        result = check(files, options, layout.cache_directory(), lambda *_: None)
        return {Path(found.file).stem: found for found in result.files}


@pytest.mark.parametrize("name", CASES)
def test_a_case(checked: dict[str, FileResult], name: str) -> None:
    found = checked[name]
    told = [d for d in found.all_diagnostics if d.severity is not Severity.INFO or d.rule == "added-label"]
    assert text.diagnostics(tuple(told), Style(verbosity=1)) == CASES[name][1]
