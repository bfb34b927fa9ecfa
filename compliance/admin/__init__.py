"""The admin site of the law book: every model, each under its verb."""

from compliance.admin import groups, log, organisation, people

__all__ = ["groups", "log", "organisation", "people"]
