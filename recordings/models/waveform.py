"""What the player draws of a recording."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from recordings.models.recording import Recording


class Waveform(models.Model):
    """What the player draws: peaks and silences of each channel."""

    recording = models.OneToOneField(
        Recording, primary_key=True, on_delete=models.CASCADE, related_name="waveform"
    )
    peaks = models.JSONField(help_text=_("A list a channel: peak per bin, 0 to 127"))
    silences = models.JSONField(help_text=_("A list a channel: [from_ms, to_ms] pairs"))

    class Meta:
        verbose_name = _("waveform")
        verbose_name_plural = _("waveforms")

    def __str__(self) -> str:
        return str(self.pk)
