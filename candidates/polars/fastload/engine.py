"""FastLoad as an engine of the loader."""

from __future__ import annotations

from candidates.polars.engine import LoaderEngine
from candidates.polars.fastload.job import FastLoad
from candidates.polars.fastload.open_loads import open_tables
from specs.fastload.engine import FASTLOAD as SPEC
from specs.fastload.language import read_script

FASTLOAD = LoaderEngine(
    spec=SPEC,
    parts=("nopi", "restart", "amp-loss", "script"),
    runner=FastLoad,
    read_script=read_script,
    open_tables=open_tables,
)
