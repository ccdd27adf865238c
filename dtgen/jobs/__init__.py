"""Who does the work: processes of this machine, and the children that run other programs."""
