"""What must hold on a cluster, one module a check.

Each module says in `HOLDS` what it shows, and has `check(stage)`, which returns what it saw. It raises
`BrokenError` if it does not hold, and `NotShownError` if this cluster gives no way to see it.
"""
