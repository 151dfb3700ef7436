"""The lens: what is computed of stored snapshots when somebody looks at them, in a process of its own.

`python -m latebloom.lens LAB` loads torch, goes behind everything else on the machine, and answers on its standard
output what it is asked on its standard input. `latebloom.lens.client`, which loads no torch, starts it, asks it and
ends it.
"""
