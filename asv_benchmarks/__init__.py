"""How fast a loader is at the work it did right; knows specs and candidates, nothing else."""
