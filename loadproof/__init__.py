"""The command: it picks candidates, runs suites, and turns what came of them into exit codes."""

__version__ = "0.1.0"
