"""Django's SQLite backend, but for one figure.

Django 5.2 takes it that a statement holds at most 999 values, which was so before SQLite 3.32, and makes one INSERT for
every 35 appointments. With the library's own figure a group's sessions and an import take as few statements on SQLite
as on PostgreSQL.
"""

from __future__ import annotations

import sqlite3

from django.db.backends.sqlite3 import base, features

MOST = 32_766  # the default of SQLite since 3.32; some builds allow more, which only costs memory


def _most() -> int:
    probe = sqlite3.connect(":memory:")
    try:
        return min(probe.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER), MOST)
    finally:
        probe.close()


class DatabaseFeatures(features.DatabaseFeatures):
    max_query_params = _most()


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
