"""Wiring: settings, the Celery app, the root addresses, the web server's door. No clinic knowledge lives here."""

# The app has to be the current one in every process (pages and commands publish by task name), or a nudge
# would silently go to Celery's default broker on localhost.
from aftercare.celery import app as celery_app

__all__ = ["celery_app"]
