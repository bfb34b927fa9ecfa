"""What the copy tells, as a page that opens without the net, in the person's language.

Its words are data (`wording/`), as those of letters are: they go to people outside.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from django.template.loader import render_to_string

from compliance.models import SubjectRequest
from compliance.requests.wording import wording
from compliance.retention.periods import legal_calendar
from compliance.templatetags.earwitness import duration

FOLDER = Path(__file__).parent / "wording"


@dataclass(frozen=True)
class Words:
    """All that is said with a copy in one language."""

    language: str
    say: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    """The words of codes, by what they are codes of."""
    rights: tuple[str, ...]

    def of(self, what: str, code: str) -> str:
        """A code in words; itself where it has none, as a name."""
        return self.codes[what].get(code, code)


def words(language: str) -> Words:
    """The words of a language, English where there are none."""
    return _read(wording(language).language)


def drawn(told: Mapping[str, Any], request: SubjectRequest) -> str:
    """The page. told: what `telling.tell` made."""
    said = words(request.language)
    context = {
        "language": said.language,
        "say": {name: _filled(text, told) for name, text in said.say.items()},
        "rights": [*said.rights, wording(request.language).complaint(request.law)],
        "told": told,
        "calls": [_call(one, said) for one in told["calls"]],
        "withheld": [
            (one["number"], part["part"], said.of("withheld", part["withheld"]))
            for one in told["calls"]
            for part in one["recordings"]
            if "withheld" in part
        ],
        "consultations": [_look(one, said) for one in told["consultations"]],
        "recipients": [_look(one, said) for one in told["recipients"]],
        "numbers": [_number(one, said) for one in told["you"]["numbers"]],
    }
    return render_to_string("recordings/copy/index.html", context)


@cache
def _read(language: str) -> Words:
    path = FOLDER / f"{language}.toml"
    told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    rights = tuple(told.pop("rights")["list"])
    return Words(language, say=told.pop("say"), codes=told, rights=rights)


def _filled(text: str, told: Mapping[str, Any]) -> str:
    request = told["request"]
    return text.replace("{controller}", request["controller"]).replace(
        "{reference}", request["reference"]
    )


def _call(one: Mapping[str, Any], said: Words) -> dict[str, Any]:
    return {
        "number": one["number"],
        "began": _moment(one["began"], said),
        "ended": _moment(one["ended"], said),
        "direction": said.of("direction", one["direction"]),
        "you_were": said.of("role", one["you_were"]),
        "purposes": _purposes(one["recorded_for"], said),
        "consents": [
            {
                "what": said.of("consent", consent["what"]),
                "at": _moment(consent["at"], said),
                "purposes": _purposes(consent["purposes"], said),
            }
            for consent in one["consents"]
        ],
        "recordings": [_recording(part, said) for part in one["recordings"]],
    }


def _recording(part: Mapping[str, Any], said: Words) -> dict[str, Any]:
    return {
        **part,
        "length": duration(part["length_ms"]),
        "kept_until": _day(part["kept_until"], said) or said.say["no_date"],
        "sound": said.of("sound", part.get("sound", "")),
        "withheld": said.of("withheld", part.get("withheld", "")),
    }


def _look(one: Mapping[str, Any], said: Words) -> dict[str, Any]:
    return {
        **one,
        "at": _moment(one["at"], said),
        "what": said.of("look", one["what"]),
        "purpose": said.of("purpose", one["purpose"]),
        "by": said.of("staff", one["by"]),
    }


def _number(one: Mapping[str, Any], said: Words) -> dict[str, str]:
    return {name: _day(one[name], said) for name in ("from", "until")} | {
        "number": one["number"]
    }


def _purposes(codes: list[str], said: Words) -> str:
    return ", ".join(said.of("purpose", code) for code in codes)


def _moment(text: str | None, said: Words) -> str:
    if not text:
        return ""
    zone = legal_calendar().tzinfo
    return str(
        format_datetime(
            datetime.fromisoformat(text), "medium", tzinfo=zone, locale=said.language
        )
    )


def _day(text: str | None, said: Words) -> str:
    if not text:
        return ""
    whole = len(text) > len("2026-01-01")
    day = (
        legal_calendar().day_of(datetime.fromisoformat(text))
        if whole
        else date.fromisoformat(text)
    )
    return str(format_date(day, "long", locale=said.language))
