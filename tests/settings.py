"""The real settings with a folder, a broker and a hasher of the test run's own.

The broker is always this run's: a Redis that happens to run on the machine could make a broken test pass.
"""

import os
import tempfile
from pathlib import Path

# One folder a run; the processes of a parallel run inherit it and take a folder each inside.
_run = Path(os.environ.get("AFTERCARE_TEST_RUN") or tempfile.mkdtemp(prefix="ac-test-"))
os.environ["AFTERCARE_TEST_RUN"] = str(_run)
_var = _run / os.environ.get("PYTEST_XDIST_WORKER", "main")
_var.mkdir(exist_ok=True)
os.environ["AFTERCARE_VAR"] = str(_var)
os.environ["REDIS_URL"] = f"unix://{_var}/redis.sock"
os.environ.pop("AFTERCARE_PRODUCTION", None)
os.environ.pop("DEBUG", None)
os.environ.pop("HASHED_STATIC", None)

from aftercare.settings import *  # noqa: E402, F403
from aftercare.settings import DATABASES, STATIC_ROOT  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: worker processes have to see it too.
    DATABASES["default"]["TEST"] = {"NAME": str(_var / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # 200 ms less a sign-in
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a missing folder
NUDGE = False  # the `broker` fixture turns it on
