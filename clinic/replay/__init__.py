"""History replayed: the lists of earlier days, how they did against what came to pass, and calls made by them on paper.

`lists` makes the lists without look-ahead, `facts` are the numbers of a day they are compared by, `hindsight` scores
them, `tables` are the tables of docs/evidence.md, `calls` tries the rest after a contact.
"""
