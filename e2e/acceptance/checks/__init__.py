"""The checks of the acceptance test, one in each module.

`HOLDS` of a module states what the check shows. `check(stage)` returns what it has seen; it raises
`BrokenError` if the statement does not hold, and `NotShownError` if the cluster does not allow the
check.
"""
