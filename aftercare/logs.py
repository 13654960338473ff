"""What may be written to a log: where something happened, never to whom.

A database error quotes the row it refused, so a traceback is written as places and kinds alone, without the words of
its exceptions.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import ItemsView
from types import TracebackType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


def where(error: BaseException | None, trace: TracebackType | None) -> str:
    """File, line and kind of an exception and of its causes, the first cause first."""
    parts: list[str] = []
    while error is not None and len(parts) < 5:
        frames = [f"  {step.filename}:{step.lineno} in {step.name}" for step in traceback.extract_tb(trace)]
        parts.append("\n".join([*frames, f"{type(error).__module__}.{type(error).__qualname__}"]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        trace = error.__traceback__ if error else None
    return "\n".join(reversed(parts))


class PlainFormatter(logging.Formatter):
    """One line an event, and tracebacks without messages or values."""

    def formatException(self, ei: Any) -> str:
        return where(ei[1], ei[2])


class WithoutPeople(logging.Filter):
    """Take query strings, and what Celery quotes of a failed task, out of a record before it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict):
            hidden = {"exc", "args", "kwargs", "return_value", "traceback", "sargs", "skwargs"}
            record.args = {key: "-" if key in hidden else value for key, value in record.args.items()}
        elif isinstance(record.args, tuple):
            record.args = tuple(
                value.split("?", 1)[0] if isinstance(value, str) and "/" in value else value
                for value in record.args
            )
        return True


class NoValues(SafeExceptionReporterFilter):
    """Error reports carry neither what was sent nor the values of variables."""

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> ItemsView[str, Any]:
        return {}.items()

    def is_active(self, request: HttpRequest | None) -> bool:
        return True
