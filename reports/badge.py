"""A badge for a README: how many rules a candidate keeps, as one small SVG."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from reports.json_report import FAMILY_TITLES, Report, count_conforming
from reports.visible import printable

_KEPT, _PARTLY, _BROKEN, _UNKNOWN = "#1a7f5a", "#8a6100", "#b93a22", "#5d6470"
_WIDE = "mwMW@%&"
_NARROW = "fijlrtI.,:;'|!()[]/ "


def badge(report: Report, label: str, family: str | None = None) -> bytes:
    """The badge of one candidate: ``FastLoad: 27/27 rules``, or a count per covered family.

    Green: every rule of it conforms. Red: a rule differs. Amber: anything between. Grey: no rule
    was covered.
    """
    covered = [
        name
        for name, entries in report.families.items()
        if family in (None, name) and any(entry.covered for entry in entries)
    ]
    counts = {name: count_conforming(report, label, name) for name in covered}
    if len(covered) == 1:
        subject, (kept, all_of_them) = FAMILY_TITLES[covered[0]], counts[covered[0]]
        message = f"{kept}/{all_of_them} rules"
    else:
        subject = "loadproof"
        told = [f"{FAMILY_TITLES[name]} {kept}/{total}" for name, (kept, total) in counts.items()]
        message = ", ".join(told) or "no rule covered"
    if len(report.candidates) > 1:
        subject = f"{printable(label)}: {subject}"
    return _svg(subject, message, _colour(report, label, counts))


def plain_badge(subject: str, message: str) -> bytes:
    """A grey badge that says these words."""
    return _svg(printable(subject), printable(message), _UNKNOWN)


def _colour(report: Report, label: str, counts: dict[str, tuple[int, int]]) -> str:
    codes = {
        verdict.overall.code
        for name in counts
        for entry in report.families[name]
        for verdict in entry.verdicts
        if verdict.candidate == label
    }
    if not counts:
        return _UNKNOWN
    if 1 in codes:
        return _BROKEN
    return _KEPT if all(kept == total for kept, total in counts.values()) else _PARTLY


def _svg(subject: str, message: str, colour: str) -> bytes:
    left, right = _width(subject) + 20, _width(message) + 20
    title = f"{subject}: {message}"
    text = 'y="14" textLength="{width}" lengthAdjust="spacingAndGlyphs"'
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" \
aria-label={quoteattr(title)}>
<title>{escape(title)}</title>
<clipPath id="r"><rect width="{left + right}" height="20" rx="4"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3a3f47"/>\
<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\
<text x="10" {text.format(width=left - 20)}>{escape(subject)}</text>\
<text x="{left + 10}" {text.format(width=right - 20)}>{escape(message)}</text></g>
</svg>
""".encode()


def _width(text: str) -> int:
    """Width in pixels at 11 px Verdana, near enough; the SVG stretches the text to it."""
    return round(sum(10.2 if c in _WIDE else 4.4 if c in _NARROW else 7.0 for c in text))
