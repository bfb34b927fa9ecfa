"""The common parent of the factories."""

from typing import Any, TypeVar

from django.db import models, transaction
from factory.django import DjangoModelFactory

_Row = TypeVar("_Row", bound=models.Model)


class Factory(DjangoModelFactory[_Row]):
    """Makes a row in its own `atomic()`: rows that are audited cannot do without."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[_Row], *args: Any, **kwargs: Any) -> _Row:
        with transaction.atomic():
            row: _Row = super()._create(model_class, *args, **kwargs)
        return row
