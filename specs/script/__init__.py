"""What every job language needs: places in a text, diagnostics and hints, hidden passwords."""
