"""Settings of the loader: they decide how it works, never its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

TRIED: dict[str, tuple[Any, ...]] = {
    "piece_bytes": (64, 1_000),
    "rows_sorted_together": (50,),
    "memory_budget": (0, 10_000),
    "part_bytes": (1_000,),
    "workers": (1, 3),
}
"""Values under which small jobs take the ways that only large ones take by default."""


class SettingsError(ValueError):
    """A setting that the loader does not have, or a value that it cannot have."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the loader works. Each has a default that suits millions of records.

    ``piece_bytes`` of input are read at a time. ``rows_sorted_together`` rows wait for each other
    before they are sorted; sorted rows are kept in memory up to ``memory_budget`` bytes, then
    spilled to the workspace. About ``part_bytes`` of input make one part of the target: that
    bounds the memory of phase 2. ``workers`` threads convert pieces and apply parts.
    """

    piece_bytes: Annotated[int, Meta(ge=1, le=1 << 30)] = 16 << 20
    rows_sorted_together: Annotated[int, Meta(ge=1, le=1 << 30)] = 1 << 16
    memory_budget: Annotated[int, Meta(ge=0)] = 400 << 20
    part_bytes: Annotated[int, Meta(ge=1)] = 24 << 20
    workers: Annotated[int, Meta(ge=1, le=256)] = 2

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """These settings with some given other values. Raises `SettingsError`, which names them."""
        wrong = []
        for name, value in values.items():
            try:
                msgspec.convert({name: value}, Settings)
            except msgspec.ValidationError as error:
                wrong.append(f"{name} = {value!r}: {str(error).partition(' - at')[0]}")
        if wrong:
            known = ", ".join(Settings.__struct_fields__)
            raise SettingsError(f"{'; '.join(wrong)} (the loader's settings are {known})")
        return msgspec.structs.replace(self, **values)
