"""The admin site of the law book: every model, each under its verb."""

from compliance.admin import log, organisation, people

__all__ = ["log", "organisation", "people"]
