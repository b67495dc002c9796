"""What is told: verdicts from run records, their integrity, and the reports people read.

`reports.publish.write_reports` writes them all; everything here knows `specs` only.
"""
