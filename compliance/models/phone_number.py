"""The one home of telephone numbers. Everything else references a row by its id."""

import uuid
from collections.abc import Iterable

import phonenumbers
from django.db import models
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from compliance.keys import keyring
from compliance.models.fields import EncryptedTextField

LAST_FOUR = 4


class PhoneNumber(models.Model):
    """A number in E.164 (or as it came, when it cannot be parsed), sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    e164 = EncryptedTextField(_("number"))
    lookup = models.CharField(max_length=64, unique=True, editable=False)
    last_four_lookup = models.CharField(max_length=64, db_index=True, editable=False)
    country = models.CharField(
        _("country"),
        max_length=6,
        blank=True,
        help_text=_("ISO country of the prefix, empty when unknown"),
    )

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The number as pages show it: calling code and last four digits.

        What is no whole number has no calling code to show, and shows no more of its
        end than it hides. Where it was erased, and only its hash is known, it says so.
        """
        digits = str(self.e164)
        if not digits:
            return _text("erased")
        head = digits[: _calling_code_length(digits)] if digits[:1] == "+" else ""
        if len(digits) < len(head) + 2 * LAST_FOUR:
            return "••• " + digits[-2:]
        return f"{head} ••• ••• {digits[-LAST_FOUR:]}".lstrip()

    @classmethod
    def of(cls, e164: str, *, country: str = "") -> "PhoneNumber":
        """The row of this number, made when it is new; safe to call in a race.

        One of which only the hash was left is a number again: it was told again.
        """
        found = cls.find(e164)
        if found is not None:
            return found if found.e164 else found._told_again(e164, country)
        number, _made = cls.objects.get_or_create(
            lookup=keyring("number_lookup").digest(e164),
            defaults={
                "e164": e164,
                "last_four_lookup": keyring("last_four_lookup").digest(
                    e164[-LAST_FOUR:]
                ),
                "country": country,
            },
        )
        return number

    def _told_again(self, e164: str, country: str) -> "PhoneNumber":
        self.e164, self.country = e164, country
        self.last_four_lookup = keyring("last_four_lookup").digest(e164[-LAST_FOUR:])
        self.save(update_fields=["e164", "country", "last_four_lookup"])
        return self

    @classmethod
    def known(cls, numbers: Iterable[str]) -> "dict[str, PhoneNumber]":
        """The rows of these numbers, E.164, by number; one query. The rest is unknown."""
        keys = keyring("number_lookup")
        by_lookup = {digest: one for one in numbers for digest in keys.digests(one)}
        rows = cls.objects.filter(lookup__in=by_lookup)
        return {by_lookup[row.lookup]: row for row in rows}

    @classmethod
    def find(cls, e164: str) -> "PhoneNumber | None":
        """The row of this number under any key of the ring, or None."""
        return cls.objects.filter(
            lookup__in=keyring("number_lookup").digests(e164)
        ).first()

    @classmethod
    def from_raw(cls, raw: str, *, country: str = "") -> "PhoneNumber":
        """The row of a number as a carrier wrote it.

        country: ISO country to read national numbers in. What cannot be parsed is kept
        as it came, with no country.
        """
        e164, place = normalise(raw, country=country)
        return cls.of(e164, country=place)


def normalise(raw: str, *, country: str = "") -> tuple[str, str]:
    """Return (E.164, ISO country) of a number, or (as it came, '') if it has no such form.

    country: ISO country, or a state of one, in which a number without + is read. It must
    be a number of that country's plan: an extension or a short code is not one.
    """
    try:
        parsed = phonenumbers.parse(raw, country[:2].upper() or None)
    except phonenumbers.NumberParseException:
        return raw.strip(), ""
    is_whole = raw.lstrip().startswith("+")
    proves = (
        phonenumbers.is_possible_number if is_whole else phonenumbers.is_valid_number
    )
    if not proves(parsed):
        return raw.strip(), ""
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.region_code_for_number(parsed) or ""


def name_form(name: str) -> str:
    """The form a name is hashed in: case and outer spaces do not matter."""
    return " ".join(name.casefold().split())


def _calling_code_length(e164: str) -> int:
    """How many characters '+' and calling code take; +1 and +7 have one digit."""
    return 2 if e164[1:2] in {"1", "7"} else 3
