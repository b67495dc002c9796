"""The marker: how loadproof knows a directory for its own, and each file there that it wrote.

Every directory that loadproof makes at a place which its user can name holds ``.loadproof.json``,
written before anything else, so that what a killed run leaves is known too. Only what the marker
lists is ever removed; a directory that holds anything else is refused and stays as it is.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from specs.contract.documents import DocumentError, decoded

MARKER_FILE = ".loadproof.json"
_PARTIAL = MARKER_FILE + ".partial"

Kind = Literal["benchmark data", "case", "history", "report", "run", "workspace"]


class NotOursError(ValueError):
    """A directory that holds something which loadproof did not write there."""


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """``.loadproof.json``: what the directory is, which version made it, what is in it by us.

    All are paths in the directory, ``/`` between their parts, and any may be missing. ``folders``
    are those that may be empty; each of ``directories`` is marked itself; ``lent`` ones are filled
    by a candidate, and their contents are neither looked at nor removed.
    """

    directory: Kind
    made_by: str
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    lent: tuple[str, ...] = ()


def take_directory(
    directory: Path,
    kind: Kind,
    *,
    files: Iterable[str] = (),
    folders: Iterable[str] = (),
    directories: Iterable[str] = (),
    lent: Iterable[str] = (),
) -> None:
    """Mark a directory before something is written there; a missing one is made.

    One of ours keeps what its marker lists already. Raises `NotOursError` for a directory that
    holds anything else, and OSError; nothing has changed then.
    """
    before = _read(directory, kind)
    marker = Marker(
        directory=kind,
        made_by=f"loadproof {_version()}",
        files=_united(before.files, files),
        folders=_united(before.folders, folders),
        directories=_united(before.directories, directories),
        lent=_united(before.lent, lent),
    )
    if marker == before:
        return  # a full disk is no reason to refuse a directory that needs no change
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory, marker)


def clear(directory: Path, kind: Kind) -> None:
    """Remove all that loadproof wrote in a directory of ours, so that it is empty.

    A directory that is missing or empty stays so. Raises `NotOursError` before anything is
    removed, and OSError. A link is removed, never what it leads to.
    """
    marker = _read(directory, kind)
    _remove_marked(directory, marker)
    for name in (*marker.files, _PARTIAL):
        (directory / name).unlink(missing_ok=True)
    folders = {*marker.folders, *_parents((*marker.files, *marker.directories))}
    for name in sorted(folders, key=len, reverse=True):
        if (directory / name).is_dir():
            (directory / name).rmdir()
    # the last, so that what is left after a kill is known for ours
    (directory / MARKER_FILE).unlink(missing_ok=True)


def clear_directories(directory: Path, kind: Kind) -> None:
    """Remove the directories in a directory of ours that are marked themselves, and nothing else.

    Raises as `clear`.
    """
    marker = _read(directory, kind)
    _remove_marked(directory, marker)
    if marker.directories:
        _write(directory, msgspec.structs.replace(marker, directories=()))


def _remove_marked(directory: Path, marker: Marker) -> None:
    for name in marker.directories:
        inner = directory / name
        if inner.is_dir():
            marked = _decode(inner)
            clear(inner, marked.directory if marked is not None else "run")
            inner.rmdir()


def _write(directory: Path, marker: Marker) -> None:
    partial = directory / _PARTIAL
    partial.unlink(missing_ok=True)
    try:
        with partial.open("xb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(marker), indent=1))
        partial.replace(directory / MARKER_FILE)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _read(directory: Path, kind: Kind) -> Marker:
    """The marker, all that the directory holds accounted for; an empty one where there is none."""
    if not directory.exists() and not directory.is_symlink():
        return Marker(directory=kind, made_by="")
    if not directory.is_dir():
        raise NotOursError(f"{directory}: is no directory; name another place")
    try:
        if all(path.name == _PARTIAL for path in directory.iterdir()):
            return Marker(directory=kind, made_by="")
        marker = _decode(directory)
        stranger = None if marker is None else next(_strangers(directory, marker), None)
    except RecursionError as error:
        raise NotOursError(f"{directory}: {error}") from error
    if marker is None:
        raise NotOursError(
            f"{directory} is not empty, and loadproof did not make it (it has no {MARKER_FILE}); "
            "name a new or empty directory"
        )
    if marker.directory != kind:
        raise NotOursError(
            f"{directory} holds a {marker.directory} of loadproof, no {kind}; name another place"
        )
    if stranger is not None:
        raise NotOursError(
            f"{stranger} was not written by loadproof and could be lost; "
            "move it away, or name another place"
        )
    return marker


def _decode(directory: Path) -> Marker | None:
    """The directory's marker, or None when it has none that can be trusted."""
    path = directory / MARKER_FILE
    if path.is_symlink() or not path.is_file():
        return None
    try:
        marker = decoded(path.read_bytes(), Marker)
    except DocumentError:
        return None
    listed = (*marker.files, *marker.folders, *marker.directories, *marker.lent)
    named = map(PurePosixPath, listed)
    if any(name.is_absolute() or ".." in name.parts or not name.parts for name in named):
        return None
    return marker


def _strangers(directory: Path, marker: Marker) -> Iterator[Path]:
    """Whatever is in a directory and is neither listed nor a folder for what is listed."""
    files = {*marker.files, MARKER_FILE, _PARTIAL}
    parents = {*marker.folders}
    parents |= _parents((*marker.files, *marker.folders, *marker.directories, *marker.lent))
    marked, lent = set(marker.directories), set(marker.lent)
    unseen = [PurePosixPath()]
    while unseen:
        folder = unseen.pop()
        with os.scandir(directory / folder) as entries:
            for entry in entries:
                path = folder / entry.name
                name = str(path)
                if not entry.is_dir(follow_symlinks=False):
                    if name not in files:
                        yield directory / path
                elif name in marked:
                    yield from _strangers_in_marked(directory / path)
                elif name in parents:
                    unseen.append(path)
                elif name not in lent:
                    yield directory / path


def _strangers_in_marked(directory: Path) -> Iterator[Path]:
    marker = _decode(directory)
    if marker is not None:
        yield from _strangers(directory, marker)
    elif any(path.name != _PARTIAL for path in directory.iterdir()):
        yield directory


def _parents(names: Iterable[str]) -> set[str]:
    """Every folder on the way to one of these paths."""
    return {
        str(parent)
        for name in names
        for parent in PurePosixPath(name).parents
        if parent != PurePosixPath()
    }


def _united(before: Iterable[str], now: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *now)))


@functools.cache
def _version() -> str:
    try:
        return importlib.metadata.version("loadproof")
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"
