"""The built-in bases tell the truth: all that is in them is in the board that they stand in for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dtgen.bindings import validator
from dtgen.bindings.schemas import prepare
from dtgen.description import board as boards
from dtgen.devicetree import blob
from dtgen.devicetree.cells import ID_MAPS, SPECIFIERS, specifiers
from dtgen.devicetree.tree import Property, Tree
from dtgen.dts import compiler
from dtgen.overlay import board_base
from dtgen.overlay.base import Base
from dtgen.project.layout import Finder, builtin_bindings, cache_directory

REFERENCES = {
    "lemans": "lemans-evk",
    "monaco": "monaco-evk",
    "talos": "qcs615-ride",
    "x1": "hamoa-iot-evk",
    "sc8280xp": "sc8280xp-lenovo-thinkpad-x13s",
    "sc7180": "sc7180-acer-aspire1",
}
THIN = {"kodiak": "qcs6490-rb3gen2", "kodiak-no-pas": "qcs6490-radxa-dragon-q6a"}
"""With less than their bindings ask for, so that a build reports errors of the base itself."""


def _lean(name: str, finder: Finder) -> Base:
    (base,) = board_base.lean(boards.load(name, finder), finder, compiler.find_dtc()).available
    return base


def _comparable(tree: Tree, prop: Property) -> object:
    """The value with paths in the place of phandles, whose numbers are the compiler's."""
    if prop.name in SPECIFIERS:
        return [
            (entry.provider.path if entry.provider else entry.phandle, entry.args)
            for entry in specifiers(tree, prop)
        ]
    if prop.name in ID_MAPS:
        return [
            tree.by_phandle[cell].path if position % 4 == 1 else cell
            for position, cell in enumerate(prop.cells)
        ]
    return prop.value


@pytest.mark.parametrize(("name", "reference"), (REFERENCES | THIN).items())
def test_every_node_property_and_label_is_the_boards_own(
    name: str, reference: str, finder: Finder, compiled: Callable[[str], bytes]
) -> None:
    lean = _lean(name, finder).tree
    board = blob.read(compiled(f"{reference}.dts"), reference)
    made_up = [
        (path, prop.name)
        for path, node in lean.nodes.items()
        for prop in node.properties.values()
        if (path, prop.name) != ("/", "model")
        and prop.name not in ("phandle", "interrupt-map")
        and (
            path not in board.nodes
            or prop.name not in board.nodes[path].properties
            or _comparable(lean, prop) != _comparable(board, board.nodes[path].properties[prop.name])
        )
    ]
    assert made_up == []
    assert {label: path for label, path in board.symbols.items() if label in lean.symbols} == lean.symbols


@pytest.mark.parametrize(("name", "reference"), (REFERENCES | THIN).items())
def test_every_claimant_of_a_stream_and_every_carveout_is_there(
    name: str, reference: str, finder: Finder, compiled: Callable[[str], bytes]
) -> None:
    lean = _lean(name, finder).tree
    board = blob.read(compiled(f"{reference}.dts"), reference)
    smmus = {path for path, node in lean.nodes.items() if "#iommu-cells" in node.properties}
    claimants = set()
    for path, node in board.nodes.items():
        prop = node.properties.get("iommus")
        providers = (
            {entry.provider.path for entry in specifiers(board, prop) if entry.provider} if prop else set()
        )
        if "iommu-map" in node.properties:
            providers.add(board.by_phandle[node.properties["iommu-map"].cells[1]].path)
        if providers & smmus:
            claimants.add(path)
    carveouts = {path for path in board.nodes if path.startswith("/reserved-memory/")}
    assert claimants | carveouts <= set(lean.nodes)
    assert claimants and carveouts


@pytest.mark.parametrize("name", REFERENCES)
def test_built_in_bindings_find_no_error(name: str, finder: Finder) -> None:
    lean = _lean(name, finder)
    engine = prepare.prepare(builtin_bindings(), (), cache_directory()).load(complete=False)
    violations = list(validator.validate(engine, validator.decode(engine, lean.blob)))
    assert [(str(violation.subject), violation.message) for violation in violations] == []


@pytest.mark.parametrize("name", REFERENCES)
def test_dtc_has_nothing_to_say(name: str, finder: Finder) -> None:
    file = finder.lean_base((name,))
    assert file is not None
    # some providers of the boards have no #address-cells, and their bindings forbid it
    options = ("-O", "dtb", "-@", "-Wno-interrupt_provider")
    compiled = compiler._dtc(compiler.find_dtc(), options, file.read_bytes(), file.name)
    assert compiled.messages == ()
