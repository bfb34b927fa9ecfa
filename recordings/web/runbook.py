"""docs/runbook.md as a page: what each alert means, what to look at, what to do."""

from functools import cache
from itertools import pairwise

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from compliance.access.guards import guarded
from compliance.access.permissions import Verb

PATH = settings.BASE_DIR / "docs" / "runbook.md"


@require_safe
@guarded(Verb.SEE_ALERTS)
def runbook(request: HttpRequest) -> HttpResponse:
    """The whole page; an alert leads to the heading of its kind."""
    return render(request, "recordings/runbook.html", {"text": _text()})


@cache
def _text() -> SafeString:
    """The file as HTML, without its title, which the page has; HTML in it is shown."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(PATH.read_text().partition("\n")[2])
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", slugify(words.content))
    made = str(parser.renderer.render(tokens, parser.options, {}))
    return mark_safe(made)  # noqa: S308 - our own file
