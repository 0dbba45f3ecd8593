"""
What an appointment row may hold, said once.

``fields``       the fields of the API document as one table: names, heading aliases, meaning, example
``appointment``  the pandera schemas, one an action, whose every check carries a problem code; how it judges a column

The README's tables, the template, the page's texts and the heading matching are made from these two.
This package imports nothing of ``importer``, so that another program can read sheets by the same rules.
"""
