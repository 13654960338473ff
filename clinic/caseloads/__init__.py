"""Readers for a supervisor: every caseload at a glance, and the rows behind each number. Nothing here writes.

Workers stand A to Z and are never ranked.
"""
