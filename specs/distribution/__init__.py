"""Hash distribution: the plan of requests against hash-distributed tables."""
