"""A committed overlay is not what its description gives now.

Why: who reads, reviews or builds the committed file has another overlay than the one that was described and
checked. Either the description was changed and the file was not generated again, or the file was edited by
hand, and the next one who generates it loses the edit.

Fires on, where `mine-el2.dtso` was generated with another summary:

    name: mine
    extends: lemans
    overlay: {name: mine-el2, summary: Changed since.}

Passes:

    name: mine
    extends: lemans
    overlay: {name: mine-el2, summary: Generated.}

Fix: `dtgen build NAME --update` writes the committed files again; bring edits into the description first.

Source: dtgen/commands/update.py.
"""

ID = "stale-generated"
