"""What outlives a run: the system's state, table parts, checkpoints, spilled rows."""
