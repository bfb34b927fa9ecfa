"""What the views for voice agents share: the call in a room, and no limits of rate."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.views import APIView

from compliance.access.guards import load_or_404
from compliance.access.permissions import Verb
from compliance.api.permissions import caller
from recordings.models import Call


class AgentView(APIView):
    """An agent in a call is never told to come back later: no throttle, whatever the
    settings say of others."""

    throttle_classes = ()


def call_in_room(request: Request, room_sid: str, verb: Verb) -> Call:
    """The call that is live in the room, else its newest; 404 when there is none."""
    rows = Call.objects.filter(room_id=room_sid).select_related("team", "trunk")
    call = rows.filter(ended_at=None).first() or rows.order_by("-started_at").first()
    if call is None:
        raise Http404
    return load_or_404(rows, caller(request), verb, call.id)
