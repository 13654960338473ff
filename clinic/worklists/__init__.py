"""Readers for one worker's day: the list, in its order, and one follow-up opened. Nothing here writes."""
