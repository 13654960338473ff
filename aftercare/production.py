"""What production refuses to start with. Each refusal is one line that says what to change."""

from __future__ import annotations

import sys
from typing import NoReturn

# gunicorn stops for good on this status; on any other it would start its workers again without end.
STATUS = 4
SHORTEST_KEY = 50
FEWEST_CHARACTERS = 10


def refuse(reason: str) -> NoReturn:
    """Print one line on stderr and leave the process."""
    print(f"Aftercare does not start: {reason}", file=sys.stderr)
    raise SystemExit(STATUS)


def weak_key(key: str) -> str:
    """What is wrong with a SECRET_KEY, as the end of a sentence; empty when nothing is."""
    if not key:
        return "SECRET_KEY is not set; set it to 50 or more random characters."
    if len(key) < SHORTEST_KEY:
        return f"SECRET_KEY has {len(key)} characters; it needs {SHORTEST_KEY} or more random ones."
    if len(set(key)) < FEWEST_CHARACTERS:
        return f"SECRET_KEY repeats itself; it needs at least {FEWEST_CHARACTERS} different characters."
    if "insecure" in key.lower():
        return "SECRET_KEY is a placeholder (it contains “insecure”); set it to random characters."
    return ""


def refuse_demo_accounts() -> None:
    """Ask the database for invented staff, whose password everybody knows, and refuse to serve beside them.

    Does nothing outside production, and nothing before the first `migrate`.
    """
    from django.conf import settings

    if not settings.PRODUCTION:
        return
    from django.contrib.auth import get_user_model
    from django.db import DatabaseError, connection

    staff = get_user_model()
    try:
        with connection.cursor() as cursor:
            migrated = staff._meta.db_table in connection.introspection.table_names(cursor)
        demo = migrated and staff._default_manager.filter(is_demo=True).exists()
    except DatabaseError as error:
        refuse(
            f"the database cannot be asked for demo accounts ({type(error).__name__}); is DATABASE_URL right?"
        )
    finally:
        # Forked web and worker processes must not inherit this connection.
        connection.close()
    if demo:
        refuse("the database holds demo accounts; use a database that `manage.py demo` never filled.")
