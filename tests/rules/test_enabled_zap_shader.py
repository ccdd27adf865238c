"""enabled-zap-shader: what keeps the GPU from being initialised at EL2."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.enabled_zap_shader import check

GPU = 'gpu: gpu {{ compatible = "qcom,adreno-663.0", "qcom,adreno"; {} }};'


@pytest.fixture(scope="session")
def findings(system):
    return lambda gpu, pas=True: list(check(system(GPU.format(gpu), pas_at_el2=pas)))


def finding(path: str, name: str) -> Finding:
    return Finding(
        Subject(path),
        f"{name} is enabled: at EL2 TrustZone does not start it, and &gpu is not initialised",
        'give it the status "disabled": Linux then takes the GPU out of secure mode itself',
    )


@pytest.mark.parametrize(
    ("gpu", "pas"),
    [
        ("", True),
        ('zap-shader { status = "disabled"; };', True),
        ('zap-shader { status = "reserved"; };', True),
        ('status = "disabled"; zap-shader { };', True),
        ("opp-table { };", True),
        ("zap-shader { };", None),
    ],
)
def test_a_zap_shader_that_nobody_starts_passes(findings, gpu, pas):
    assert findings(gpu, pas) == []


@pytest.mark.parametrize("pas", [True, False])
@pytest.mark.parametrize("zap", ["zap-shader { };", 'zap-shader { status = "okay"; };'])
def test_a_zap_shader_that_is_enabled(findings, zap, pas):
    assert findings(zap, pas) == [finding("/gpu/zap-shader", "/gpu/zap-shader")]


def test_an_overlay_that_disables_another_node_of_the_gpu_of_lemans(seeded):
    overlay = '&gmu { status = "disabled"; };'
    assert list(check(seeded("lemans-evk", overlay, pas_at_el2=True))) == [
        finding("/soc@0/gpu@3d00000/zap-shader", "&gpu_zap_shader")
    ]
