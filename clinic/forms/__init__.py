"""Crispy forms, one file a kind of person: shape only, no save()."""
