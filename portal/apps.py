"""The project itself, as an app: its system checks."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers the checks of settings."""

    name = "portal"

    def ready(self) -> None:
        """Importing the module registers them."""
        from portal import checks  # noqa: F401
