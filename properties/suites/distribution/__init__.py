"""Properties of hash distribution."""
