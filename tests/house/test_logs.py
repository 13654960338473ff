"""Logs say where something happened, never to whom."""

from __future__ import annotations

import io
import logging
import sys

from aftercare.logs import NoValues, PlainFormatter, WithoutPeople


def written(record: logging.LogRecord) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainFormatter("%(levelname)s %(message)s"))
    handler.addFilter(WithoutPeople())
    handler.handle(record)
    return stream.getvalue()


def record(message: str, *args: object, exc_info: object = None) -> logging.LogRecord:
    return logging.LogRecord("test", logging.ERROR, __file__, 1, message, args, exc_info)  # type: ignore[arg-type]


def failing(name: str) -> None:
    try:
        raise KeyError(f"record of {name}")
    except KeyError as error:
        raise ValueError(f"{name} cannot be saved") from error


def failure() -> tuple[object, ...]:
    try:
        failing("Rosa Medina")
    except ValueError:
        return sys.exc_info()
    raise AssertionError


def test_a_traceback_names_places_and_kinds_but_no_messages() -> None:
    text = written(record("Internal Server Error: %s", "/clients/", exc_info=failure()))

    assert "Rosa" not in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert "in failing" in text


def test_the_stock_formatter_would_have_told_the_name() -> None:
    assert "Rosa" in logging.Formatter().format(record("x", exc_info=failure()))


def test_query_strings_are_cut_off() -> None:
    assert written(record("Not Found: %s", "/clients/?q=medina")) == "ERROR Not Found: /clients/\n"


def test_what_celery_quotes_of_a_failed_task_is_left_out() -> None:
    told = {
        "name": "clinic.tasks.x",
        "id": "7",
        "exc": "ValueError('Rosa')",
        "args": "('Rosa',)",
        "return_value": "Rosa",
    }
    text = written(record("Task %(name)s[%(id)s] raised unexpected: %(exc)s %(args)s %(return_value)s", told))

    assert "Rosa" not in text
    assert "clinic.tasks.x[7]" in text


def test_error_reports_hold_neither_what_was_sent_nor_variables() -> None:
    report = NoValues()

    assert report.is_active(None)
    assert report.get_post_parameters(None) == {}
    assert list(report.get_traceback_frame_variables(None, sys._getframe())) == []
