"""The table of rules, and the examples of each rule's documentation."""

from __future__ import annotations

import importlib
import pkgutil
import re
import textwrap

import pytest

from dtgen import rules
from dtgen.devicetree import blob
from dtgen.devicetree.merge import Merged
from dtgen.diagnostics import Severity
from dtgen.rules import RULES, Rule

MODULES = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
HEADINGS = ("Why", "Fires on", "Passes", "Fix", "Source")

each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])


def examples(rule: Rule, heading: str) -> list[str]:
    """The indented text below each `heading:` of the rule's documentation."""
    found = re.findall(rf"^{heading}[^\n]*:\n\n((?:    [^\n]*\n|\n)+)", rule.documentation, re.MULTILINE)
    return [textwrap.dedent(text) for text in found]


def every(heading: str):
    return pytest.mark.parametrize(
        ("rule", "body"),
        [
            pytest.param(rule, body, id=f"{rule.id}-{number}")
            for rule in RULES
            for number, body in enumerate(examples(rule, heading), 1)
        ],
    )


@pytest.fixture(scope="session")
def findings(dtb):
    def check(rule: Rule, body: str):
        data = dtb(f"/ {{\n{body}\n}};")
        return list(rule.check(Merged.unchanged(blob.read(data, "test.dtb"), data)))

    return check


@every("Fires on")
def test_the_rule_fires_on_its_example(findings, rule, body):
    assert findings(rule, body) != []


@every("Passes")
def test_the_rule_passes_its_example(findings, rule, body):
    assert findings(rule, body) == []


@each_rule
@pytest.mark.parametrize("heading", ["Fires on", "Passes"])
def test_a_rule_has_examples(rule, heading):
    assert examples(rule, heading) != []


@each_rule
def test_a_rule_documents_itself_in_order(rule):
    summary, *_ = rule.documentation.splitlines()
    found = re.findall(rf"^({'|'.join(HEADINGS)})\b[^\n]*:", rule.documentation, re.MULTILINE)
    assert summary.endswith(".")
    assert list(dict.fromkeys(found)) == list(HEADINGS)


@pytest.mark.parametrize("module", MODULES)
def test_the_id_of_a_rule_is_its_module_with_hyphens(module):
    assert module.replace("_", "-") == importlib.import_module(f"dtgen.rules.{module}").ID


def test_every_module_is_in_the_table_once():
    assert sorted(rule.id for rule in RULES) == [module.replace("_", "-") for module in MODULES]


@each_rule
def test_a_rule_finds_nothing_in_an_empty_tree(findings, rule):
    assert findings(rule, "") == []


def test_run_gives_each_finding_with_its_rule(dtb):
    data = dtb("""
        / {
            smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
            wide { iommus = <&smmu 0x13000 0x0>; };
            short { iommus = <&smmu 0x3000>; };
        };""")
    found = rules.run(Merged.unchanged(blob.read(data, "test.dtb"), data))
    assert {(rule.id, rule.severity, str(finding.subject)) for rule, finding in found} >= {
        ("malformed-specifier", Severity.ERROR, "/short: iommus"),
        ("stream-width", Severity.ERROR, "/wide: iommus"),
    }
