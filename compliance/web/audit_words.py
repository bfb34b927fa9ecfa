"""The codes in audit entries, in words: verbs, roles, purposes."""

from typing import Any

from django.db import models

from compliance.access.permissions import WORDS as VERBS
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.audit import presenters
from compliance.models import Purpose


def _labels(choices: type[models.TextChoices]) -> Any:
    labels = dict(choices.choices)
    return lambda code: str(labels.get(code, code))


def _verb(code: str) -> str:
    return str(VERBS[Verb(code)]) if code in set(Verb) else code


WORDS: presenters.Words = {
    "verb": _verb,
    "role": _labels(Role),
    "purpose": _labels(Purpose),
}
