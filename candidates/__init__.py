"""Loaders under test, a package each, and the ways to reach others; none imports the reference."""
