"""Labels of a call: codes that stand in clear."""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from recordings.models.call import Call

# 7 to 15 digits (E.164) and what people write between them; a date is none
_NUMBER = re.compile(r"(?!\d{4}-\d\d-\d\d$)[+(]?(?:[ ()./-]*\d){7,15}[ )]*")
_NUMBER_INSIDE = re.compile(r"(?<![^\s:;,(<])(?:\+|00)(?:[ ()./-]*\d){7,}")
_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")


class CallLabel(models.Model):
    """A label or external reference of a call (ticket, campaign, queue …).

    The value stands in clear, so that calls can be filtered by it: it is for codes.
    """

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="labels")
    key = models.CharField(_("label"), max_length=40)
    value = models.CharField(_("value"), max_length=120)
    told_at = models.DateTimeField(
        null=True, help_text=_("When LiveKit told it; empty: a person or the API did")
    )

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        constraints = [
            models.UniqueConstraint(fields=["call", "key"], name="label_once_a_call")
        ]
        indexes = [models.Index(fields=["key", "value"], name="label_by_value")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"

    @staticmethod
    def is_code(value: str) -> bool:
        """Whether a value may stand in clear: no telephone number, no e-mail address.

        Seven digits alone could be dialled, so they count as a number; `T-1234567` is
        a code.
        """
        text = value.strip()
        looks_alike = _NUMBER.fullmatch(text), _NUMBER_INSIDE.search(text)
        return not (any(looks_alike) or _ADDRESS.search(text))
