"""An entry of `allow:` is for a finding that is not there.

Why: the finding was mended, or the entry has a typo. An entry that is left standing hides the same
finding when it comes back.

Fires on:

    extends: lemans
    allow: [{rule: attach-overlap, at: remoteproc_adsp, why: it has none}]

Passes:

    extends: lemans

Fix: take the entry away. Where it is for some of the bases only, build for these.

Source: dtgen/checks/allow.py.
"""

ID = "unused-allow"
