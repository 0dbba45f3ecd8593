"""
Sources that are no file yet: what they hold is fetched once, into a private file that then goes the way of any file.

A query of a database becomes JSON Lines, one row a line, so that row 3 of a report is row 3 of the query. What a link answers is kept as
it came. Either is judged before anything is planned, and neither can change what it reads.
"""
