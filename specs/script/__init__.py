"""What every job language needs: commands cut out and parsed, diagnostics, hidden passwords.

A language is described to this package (`job_language`) and gives it a grammar (`parsing`); of
any one language it knows nothing.
"""
