"""What formats write: a kernel's Makefile in place, and patches that git takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dtgen.delivery import makefile, patch
from dtgen.delivery.patch import FileChange
from dtgen.delivery.plan import Entry, Plan
from dtgen.errors import ToolError

PLAN = Plan("soc", "soc-el2", (Entry("board", ("soc-el2",), "board-el2", "qcom"),))
STANZA = "board-el2-dtbs := board.dtb soc-el2.dtbo"
LINE = "dtb-$(CONFIG_ARCH_QCOM)\t+= board-el2.dtb"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "dtb-$(CONFIG_ARCH_QCOM)\t+= a.dtb\ndtb-$(CONFIG_ARCH_QCOM)\t+= board.dtb\n"
            "dtb-$(CONFIG_ARCH_QCOM)\t+= c.dtb\n",
            "dtb-$(CONFIG_ARCH_QCOM)\t+= a.dtb\ndtb-$(CONFIG_ARCH_QCOM)\t+= board.dtb\n"
            f"\n{STANZA}\n\n{LINE}\n\ndtb-$(CONFIG_ARCH_QCOM)\t+= c.dtb\n",
            id="behind the base",
        ),
        pytest.param(
            "dtb-$(CONFIG_MINE) += \\\n\tboard.dtb \\\n\tc.dtb\n",
            f"dtb-$(CONFIG_MINE) += \\\n\tboard.dtb \\\n\tc.dtb\n\n{STANZA}\n\n"
            "dtb-$(CONFIG_MINE)\t+= board-el2.dtb\n",
            id="with the variable of the base",
        ),
        pytest.param(
            f"# first\nboard-el2-dtbs := soc-el2.dtbo \\\n\tboard.dtb\n\n{LINE}\n",
            f"# first\n{STANZA}\n\n{LINE}\n",
            id="other members",
        ),
        pytest.param(
            f"{STANZA}\ndtb-$(CONFIG_X) += board.dtb\n",
            f"{STANZA}\n{LINE}\ndtb-$(CONFIG_X) += board.dtb\n",
            id="a stanza that nothing builds",
        ),
        pytest.param(
            "dtb-$(CONFIG_X) += a.dtb\n",
            f"dtb-$(CONFIG_X) += a.dtb\n\n{STANZA}\n\ndtb-$(CONFIG_X)\t+= board-el2.dtb\n",
            id="a base that is not there",
        ),
        pytest.param("", f"\n\n{STANZA}\n\n{LINE}", id="nothing"),
    ],
)
def test_a_makefile_gets_the_stanza_where_its_base_is(old: str, new: str) -> None:
    assert makefile.updated(old, "Makefile", PLAN) == new
    assert makefile.updated(new, "Makefile", PLAN) == new


def test_what_stands_between_two_lines_of_ours_stays() -> None:
    others = "dtb-$(CONFIG_X)\t+= b.dtb \\\n\t\tc.dtb\nd-el2-dtbs := d.dtb \\\n\tsoc-el2.dtbo\n"
    more = "\ndtb-$(CONFIG_X)\t+= d-el2.dtb\n"
    lines = (
        "board-el2-dtbs := soc-el2.dtbo \\\n\tboard.dtb\n",
        "board-el2-dtbs += soc-el2.dtbo \\\n  board.dtb\n",
    )
    installed = "dtb-$(CONFIG_ARCH_QCOM)\t+= board-el2.dtb\n"
    old = f"{others}{lines[0]}{others}{lines[1]}{more}{installed}"
    assert makefile.updated(old, "Makefile", PLAN) == f"{others}{STANZA}\n{others}{more}{installed}"


@pytest.mark.parametrize(
    "text", [f"{STANZA}\nboard-el2-dtbs += camera.dtbo # ours\n", f"{STANZA} camera.dtbo\n"]
)
def test_what_somebody_else_has_added_to_a_stanza_is_not_lost(text: str) -> None:
    with pytest.raises(ToolError) as caught:
        makefile.updated(text, "Makefile", PLAN)
    line, column = (2, 19) if "+=" in text else (1, 42)
    assert str(caught.value) == (
        f"Makefile:{line}:{column}: board-el2-dtbs has camera.dtbo, too, which is not delivered"
    )


def test_a_makefile_that_has_all_stays_as_it_is() -> None:
    text = f"board-el2-dtbs\t:= board.dtb\tsoc-el2.dtbo\n{LINE.replace('board-el2', 'board.dtb board-el2')}\n"
    assert makefile.updated(text, "Makefile", PLAN) == text


CHANGES = (
    FileChange("arch/arm64/boot/dts/qcom/soc-el2.dtso", None, "// one\n/dts-v1/;\n"),
    FileChange("arch/arm64/boot/dts/qcom/Makefile", "a\nb\nc\nd", f"a\nb\n{STANZA}\nc\nd"),
)


def test_only_what_changes_is_in_the_series() -> None:
    same = FileChange("x", "y", "y")
    assert patch.series(PLAN, "Summary.", (), (same,)) == {}
    names = list(patch.series(PLAN, "Summary.", (), (same, *CHANGES)))
    assert names == [
        "0000-cover-letter.patch",
        "0001-arm64-dts-qcom-soc-Add-EL2-overlay.patch",
        "0002-arm64-dts-qcom-soc-Build-the-EL2-devicetrees.patch",
    ]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_am_takes_the_series(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null")
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    for change in CHANGES:
        file = tmp_path / change.file
        file.parent.mkdir(parents=True, exist_ok=True)
        if change.old is not None:
            file.write_text(change.old)
    git("add", "-A")
    git("commit", "-qm", "base")
    mails = patch.series(PLAN, "Summary.", ("board: applies, introduces nothing",), CHANGES)
    cover = mails.pop("0000-cover-letter.patch")
    assert "  - board: applies, introduces nothing\n" in cover
    for name, text in mails.items():
        (tmp_path / ".git" / name).write_text(text)
    git("am", *(str(tmp_path / ".git" / name) for name in mails))
    assert [(tmp_path / change.file).read_text() for change in CHANGES] == [c.new for c in CHANGES]
    assert git("log", "--format=%s%n%b", "-1") == (
        "arm64: dts: qcom: soc: Build the EL2 devicetrees\nApply the overlay to:\n\n  - board\n\n"
        "Signed-off-by: Your Name <you@example.org>\n\n"
    )
