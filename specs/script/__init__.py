"""What every job language needs: commands cut out and parsed, diagnostics, hidden passwords.

A language is described to this room (`job_language`) and gives it a grammar (`parsing`); of any one
language this room knows nothing.
"""
