"""forgotten-pas-user: what can be given no stream and is not disabled; and that each user is told of once."""

from __future__ import annotations

import pytest

from dtgen import rules
from dtgen.checks.findings import run
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware import pas
from dtgen.hardware.coverage import Fate
from dtgen.hardware.pas import Need, PasKind
from dtgen.rules.forgotten_pas_user import check

BOARD = 'codec: codec {{ compatible = "qcom,sa8775p-iris", "qcom,sm8550-iris"; {} }};'
ALL = """
gpu { compatible = "qcom,adreno"; zap-shader { }; };
adsp { compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&mem>; };
reserved-memory { #address-cells = <1>; #size-cells = <1>; mem: mem { reg = <0x1000 0x1000>; no-map; }; };
venus { compatible = "qcom,sc7180-venus"; };
iris { compatible = "qcom,sa8775p-iris"; };
wifi1 { compatible = "qcom,wcn6750-wifi"; };
wifi2 { compatible = "qcom,wcn3990-wifi"; };
wifi3 { compatible = "qcom,ipq5332-wifi"; };
wcnss { compatible = "qcom,pronto-v2-pil"; };
ipa { compatible = "qcom,sc7180-ipa"; };
camera { camera-firmware { }; };
"""


@pytest.fixture(scope="session")
def findings(system):
    return lambda codec="", pas=True: list(check(system(BOARD.format(codec), pas_at_el2=pas)))


def finding(path: str, name: str) -> Finding:
    return Finding(
        Subject(path),
        f"{name} loads its firmware through PAS, and there is no way to give that a stream: "
        "at EL2 it does not start",
        'give it the status "disabled"',
    )


@pytest.mark.parametrize(("codec", "pas"), [('status = "disabled";', True), ("", None)])
def test_a_codec_that_is_disabled_or_not_for_el2_passes(findings, codec, pas):
    assert findings(codec, pas) == []


@pytest.mark.parametrize("pas", [True, False])
def test_a_codec_that_is_left_available(findings, pas):
    assert findings("", pas) == [finding("/codec", "&codec")]


def test_the_codec_that_an_overlay_forgets_on_monaco(seeded):
    overlay = '&gpu_zap_shader { status = "disabled"; };'
    assert list(check(seeded("monaco-evk", overlay, pas_at_el2=True))) == [
        finding("/soc@0/video-codec@aa00000", "&iris")
    ]


@pytest.mark.parametrize("pas_at_el2", [True, False])
def test_every_forgotten_user_is_told_of_by_one_rule(system, pas_at_el2):
    board = system(ALL, pas_at_el2=pas_at_el2)
    forgotten = [user.path for user in board.pas_users if user.fate is Fate.FORGOTTEN]
    told = [
        next(path for path in forgotten if found.finding.subject.path.startswith(path))
        for found in run(rules.MERGED, board)
    ]
    assert sorted(told) == sorted(forgotten) != []


def test_every_kind_is_in_the_board_above(system):
    kinds = {user.kind for user in system(ALL, pas_at_el2=True).pas_users}
    known = {value for value in vars(pas).values() if isinstance(value, PasKind)}
    assert kinds == known | {PasKind("camera", Need.FIRMWARE_CHILD, "camera-firmware")}
