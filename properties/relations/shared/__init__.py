"""What counts as right of every engine."""
