"""What messages about loads tell the user to do."""

from __future__ import annotations

RELEASE = "release its load with BEGIN LOADING and END LOADING alone"
"""What frees the tables of an open load, beside running its script again."""

# Another script is refused while the load is paused (FL-14), so no message may ask for one.
RELEASE_FIRST = (
    "release the load first with BEGIN LOADING and END LOADING alone, and let the new script "
    "drop its tables"
)
SAME_SCRIPT_AGAIN = (
    "and run the same script again, with the records before the last checkpoint as they are; "
    f"to change the script, {RELEASE_FIRST}"
)
