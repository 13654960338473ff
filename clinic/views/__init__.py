"""Doors for people: one file per kind of person. A page is: get through `access` or a reader, do by a verb, answer."""
