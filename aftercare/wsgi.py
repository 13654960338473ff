"""The web server's door: `gunicorn aftercare.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aftercare.settings")

application = get_wsgi_application()

from aftercare.production import refuse_demo_accounts  # noqa: E402  (needs the settings loaded above)

refuse_demo_accounts()
