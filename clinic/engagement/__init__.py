"""The mind of Aftercare: plain Python that reads attendance and says what to do about it.

The folder listing is the flow: timeline (what happened), signs (what it may mean), plan (what to do), triage (in
what order), summary (how a caseload looks). A stage never imports a later one, and nothing here knows Django, a
database or a clock: people are numbers, days are dates, and today is always an argument.
"""
