"""The table of PAS users."""

from __future__ import annotations

import re

from dtgen.devicetree.tree import Node
from dtgen.hardware.coverage import Fate, PasUser
from dtgen.hardware.pas import IPA, IRIS, REMOTEPROC, ZAP_SHADER
from dtgen.report.coverage import table
from dtgen.report.style import Style

NODE = Node("n", "/n", {}, {})
USERS = (
    PasUser("/x", "&remoteproc_adsp", REMOTEPROC, Fate.STREAM, "", "0x2000/0x0 on &apps_smmu"),
    PasUser("/x", "&gpu_zap_shader", ZAP_SHADER, Fate.DISABLED, "by the overlay"),
    PasUser("/x", "&ipa", IPA, Fate.UNTOUCHED, IPA.untouched),
    PasUser("/x", "/soc@0/codec", IRIS, Fate.FORGOTTEN, "it needs to be disabled"),
)
LINES = [
    "&remoteproc_adsp  remote processor  has a stream  0x2000/0x0 on &apps_smmu",
    "&gpu_zap_shader   GPU zap shader    disabled      by the overlay",
    "&ipa              IPA               untouched     its streams are for data; its firmware needs none",
    "/soc@0/codec      video codec       forgotten     it needs to be disabled",
]


def test_a_line_for_each_user() -> None:
    assert list(table(USERS, Style())) == LINES


def test_colour_says_nothing_that_the_text_does_not() -> None:
    coloured = list(table(USERS, Style(color=True)))
    assert [re.sub(r"\033\[[0-9;]*m", "", line) for line in coloured] == LINES
    assert coloured != LINES


def test_a_table_of_nothing() -> None:
    assert list(table((), Style())) == []
