"""
The chaos harness: an importer that is killed, a stand-in for the API that fails, and an audit of what really happened.

``sheet``      makes a sheet, and knows what must come of it      ``server``    the sandbox in its own process
``launching``  starts importers, installed or forked              ``points``    kills one at a given write or send
``killing``    kills and restarts until the sheet is through      ``audit``     effects against ledger and plan
``ledgers``    a file or a schema of PostgreSQL
``scenarios``  K1 to K5 and K8 of the bar                         ``figures``   what is printed

``python tests/chaos --help`` runs it; ``tests/chaos/test_chaos.py`` runs the short form.
"""
