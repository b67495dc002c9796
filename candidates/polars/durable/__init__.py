"""What survives a kill: the workspace, checkpoints, runs of sorted rows."""
