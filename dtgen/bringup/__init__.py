"""Bring-up: a board's log and its running tree, read together with what dtgen knows of the tree."""
