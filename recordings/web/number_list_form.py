"""The forms by which numbers come on a list, and leave it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.models import NumberList
from compliance.retention import number_lists
from compliance.retention.number_lists import AT_ONCE, ListChange, Typed

LARGEST = 1_000_000
"""Bytes of a file; more numbers than a change may have do not need more."""


class AddForm(forms.Form):
    """Numbers pasted, or sent as a file; the preview carries them on as text."""

    numbers = forms.CharField(
        label=gettext_lazy("Numbers"),
        required=False,
        max_length=LARGEST,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        help_text=gettext_lazy("One a line, with + and country: +49 30 1234567"),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        help_text=gettext_lazy("The first cell of each line that is a number counts."),
    )

    def clean(self) -> dict[str, Any]:
        """Something is good, and it is not too much; what was read stands in `typed`."""
        said: dict[str, Any] = super().clean() or {}
        typed = number_lists.read(said.get("numbers", ""), self._sent(said))
        if not typed.numbers and not self.errors:
            self.add_error("numbers", _("There is no whole number in it."))
        if len(typed.numbers) > AT_ONCE:
            words = _("At most %(n)s numbers at once.") % {"n": AT_ONCE}
            self.add_error("numbers", words)
        return said | {"typed": typed}

    def _sent(self, said: dict[str, Any]) -> str:
        file = said.get("file")
        if file is None:
            return ""
        if file.size > LARGEST:
            self.add_error("file", _("The file is too large."))
            return ""
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("file", _("The file is no text in UTF-8."))
            return ""

    @property
    def typed(self) -> Typed:
        """What was read."""
        typed: Typed = self.cleaned_data["typed"]
        return typed

    @property
    def text(self) -> str:
        """The good numbers, one a line, for the preview to hand on."""
        return "\n".join(self.typed.numbers)

    def wanted(self, found: NumberList, *, keep: bool = False) -> ListChange:
        """The change. keep: so that numbers nobody here has heard of are kept, too."""
        read = number_lists.kept if keep else number_lists.known
        return number_lists.change(found, add=read(self.typed.numbers))

    def already(self, found: NumberList) -> int:
        """How many of them are on it."""
        known = number_lists.known(self.typed.numbers)
        return found.members.filter(number__in=known).count()


class RemoveForm(forms.Form):
    """Numbers that were ticked on the page of their list."""

    remove = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data
        ticked = sent.getlist("remove") if isinstance(sent, QueryDict) else []
        field = self.fields["remove"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - types
        field.choices = [(one, one) for one in ticked if one.isdigit()]

    def wanted(self, found: NumberList, *, keep: bool = False) -> ListChange:
        """The change."""
        rows = found.members.filter(pk__in=self.cleaned_data["remove"])
        return number_lists.change(found, remove=rows.values_list("number", flat=True))

    def already(self, found: NumberList) -> int:
        """None of them."""
        return 0
