"""What counts as right of hash distribution."""
