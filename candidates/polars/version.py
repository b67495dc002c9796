"""What the loader is made of."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

VERSION = "0.1.0"


@cache
def versions() -> dict[str, str]:
    """The loader's version, and those of the packages that it leans on."""
    packages = ("polars", "pyarrow", "numpy")
    return {"loader": VERSION, **{name: version(name) for name in packages}}
