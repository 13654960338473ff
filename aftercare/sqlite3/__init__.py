"""Django's SQLite with the size of statements that today's library allows; see base.py."""
