"""A recording on a page of its own, where a verb of its own let somebody hear it: in an
emergency, or although it is restricted. Nothing of it is stored, for it holds a link."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise

from recordings import renditions
from recordings.playback import Served
from recordings.renditions import Preparing
from recordings.web.listen import MOST_KINDS, have_made

ACCEPTED = 202


@dataclass(frozen=True)
class Frame:
    """Title, the page above, what else is told; where it is opened, and asked for anew
    (the name of a route that takes the sitting)."""

    title: str | Promise
    up: str | Promise
    up_url: str
    told: str | Promise
    open_url: str
    again: str


def plays(request: HttpRequest) -> frozenset[str]:
    """Which kinds of files the browser said it can play."""
    return frozenset(request.POST.getlist("plays")[:MOST_KINDS])


def drawn(
    request: HttpRequest,
    served: Served | Preparing,
    frame: Frame,
    *,
    sitting: UUID | None = None,
) -> HttpResponse:
    """The sound, or how far its file is. sitting: that is gone on with."""
    name = "recordings/plain_player.html"
    context: dict[str, Any] = {"frame": frame, "kinds": renditions.FOR_LISTENING}
    if isinstance(served, Preparing):
        have_made(served)
        asked = [] if sitting else list(request.POST.items())
        context |= {
            "preparing": served,
            "asked": [one for one in asked if one[0] != "csrfmiddlewaretoken"],
            "ask_url": reverse(frame.again, args=[sitting])
            if sitting
            else frame.open_url,
        }
        return render(request, name, context, status=ACCEPTED)
    context |= {
        "sitting": served.listen,
        "url": served.link.url,
        "ask_url": reverse(frame.again, args=[served.listen.id]),
    }
    response = render(request, name, context)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
