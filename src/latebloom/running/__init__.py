"""The only place where training meets storing: what is to be done, doing it, resuming it."""
