"""The ledger's migrations, run by ``importer.ledger.opening``."""
