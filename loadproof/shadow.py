"""Finding foreign packages that hide our top-level folders before anything else is imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOMS = ("specs", "reference", "candidates", "properties", "reports", "asv_benchmarks")


HOME = Path(__file__).resolve().parent.parent


class ShadowedError(ImportError):
    """A package of somebody else answers to the name of one of our folders."""


def refuse_shadowed(home: Path = HOME) -> None:
    """Raise `ShadowedError` when a room would be imported from anywhere but beside this package."""
    for room in ROOMS:
        spec = importlib.util.find_spec(room)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if spec is not None and spec.origin and not places:
            places = [spec.origin]
        if not places:
            raise ShadowedError(
                f"the package {room!r} of loadproof is missing (expected {home / room}); "
                "reinstall: pip install --force-reinstall loadproof"
            )
        found = Path(places[0]).resolve()
        if found != home / room:
            raise ShadowedError(
                f"{found} hides loadproof's own package {room!r} ({home / room}). "
                f"Remove it from sys.path (PYTHONPATH, or a package named {room!r} installed in "
                "the same environment), or install loadproof into an environment of its own."
            )
