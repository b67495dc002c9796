"""JSON documents from outside: decoded, or an error that says what is wrong with them."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

from specs.shortening import shortened

_T = TypeVar("_T")


class DocumentError(ValueError):
    """Bytes that are not the JSON document that they should be; the message says why."""


@overload
def decoded(data: bytes) -> Any: ...
@overload
def decoded(data: bytes, kind: type[_T]) -> _T: ...
def decoded(data: bytes, kind: Any = Any) -> Any:
    """The document in ``data``. Raises `DocumentError`, whatever is in there."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DocumentError(shortened(str(error))) from error
    except RecursionError as error:
        raise DocumentError("nested too deeply") from error
