"""Runs the migrations on the connection that ``importer.ledger.opening`` hands over; it has begun a transaction."""

from alembic import context

from importer.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
