"""The WSGI entry point. It refuses to serve with settings that are unsafe."""

import gc
import os

from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

# servers do not run Django's checks by themselves
_unsafe = [
    problem
    for problem in run_checks(tags=[Tags.security])
    if problem.is_serious() and not problem.is_silenced()
]
if _unsafe:
    raise ImproperlyConfigured("\n".join(str(problem) for problem in _unsafe))

# what is loaded by now stays: the collector need not walk it again between requests
gc.freeze()
