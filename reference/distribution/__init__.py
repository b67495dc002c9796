"""Hash distribution: requests against hash-distributed tables."""
