"""One client's page, and finding it: the list, the search, the 12 weeks, the signs, what happened.

`finder` lists and searches, `page` puts one file together, `weeks` draws the grid of services, `history` the timeline.
"""
