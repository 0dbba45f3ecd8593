"""Planning: one call or one status for each row, by comparing it with what the ledger remembers. Pure."""

from importer.planning.lanes import plan_lane
from importer.planning.transitions import Elsewhere, easy

__all__ = ["Elsewhere", "easy", "plan_lane"]
