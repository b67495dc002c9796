"""Suites are found in whatever folder they are, named by it, and never silently left out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from properties.engine import registry
from properties.engine.registry import all_properties, select

CLAIM = """
from hypothesis import strategies as st

from properties.engine.registry import claim


@claim("FL-02", given=st.nothing(), needs=["fastload"])
def {name}(trial, scenario):
    pass
"""

Suites = Callable[..., None]


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Suites]:
    """Writes the modules of a package of suites that takes the place of ours."""
    package = "suites_of_a_test"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "SUITES", package)
    monkeypatch.setattr(registry, "_claims", {})
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")

    def write(**modules: str) -> None:
        for name, text in modules.items():
            path = tmp_path / package / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    yield write
    for name in [each for each in sys.modules if each.split(".")[0] == package]:
        del sys.modules[name]


def ids() -> list[str]:
    return [claimed.id for claimed in all_properties()]


def test_a_suite_in_a_deeper_folder_is_found(suites: Suites) -> None:
    # without an __init__ in the folders between, too
    suites(fastload__apart__further__restarts=CLAIM.format(name="it_holds"))
    assert ids() == ["fastload.apart.further.restarts.it_holds"]
    for wanted in ("fastload", "fastload.apart", "restarts", "fastload.apart.further.restarts"):
        assert [claimed.suite for claimed in select(suites=[wanted])] == [
            "fastload.apart.further.restarts"
        ]
    assert select(suites=["further"]) == ()


def test_two_suites_of_one_name_in_different_folders_do_not_collide(suites: Suites) -> None:
    suites(
        fastload__restarts=CLAIM.format(name="it_holds"),
        copy__restarts=CLAIM.format(name="it_holds"),
    )
    assert ids() == ["copy.restarts.it_holds", "fastload.restarts.it_holds"]
    assert [p.suite for p in select(suites=["copy"])] == ["copy.restarts"]
    assert len(select(suites=["restarts"])) == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import nobody_has_such_a_module", ModuleNotFoundError),
        ("from properties.engine.registry import claimm", ImportError),
        ("raise ValueError('broken')", ValueError),
        ("def f(:", SyntaxError),
    ],
)
@pytest.mark.parametrize("where", ["fastload__restarts", "fastload__apart__restarts"])
def test_a_suite_that_cannot_be_imported_is_an_error(
    suites: Suites, where: str, text: str, error: type[Exception]
) -> None:
    suites(fastload__locks=CLAIM.format(name="it_holds"), **{where: text})
    for _ in range(2):  # and is one again the next time
        with pytest.raises(error):
            all_properties()


def test_a_folder_that_cannot_be_imported_is_an_error(suites: Suites) -> None:
    suites(fastload____init__="import nobody", fastload__locks=CLAIM.format(name="it_holds"))
    with pytest.raises(ModuleNotFoundError):
        all_properties()


def test_two_properties_of_one_name_in_a_suite_are_an_error(suites: Suites) -> None:
    suites(fastload__locks=CLAIM.format(name="it_holds") + CLAIM.format(name="it_holds"))
    with pytest.raises(ValueError, match=r"two properties are named fastload\.locks\.it_holds"):
        all_properties()


def test_a_property_has_the_editions_of_its_engine_unless_it_names_its_own(suites: Suites) -> None:
    suites(fastload__locks=CLAIM.format(name="it_holds"))
    (claimed,) = all_properties()
    assert claimed.editions == ("vendor", "seed")
    assert claimed.sentence == "It holds."
