"""Kinds of problem: why a run withheld calls that were right in themselves."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

KINDS: tuple[Kind, ...] = (
    Kind(
        code="left_out",
        title="Left out by --only",
        message="This run was asked for other actions only, so the row was not sent.",
        fix="Run the file again without --only when the row should go too.",
    ),
    Kind(
        code="all_or_nothing",
        title="Not sent: another row is invalid",
        message="With --all-or-nothing no row is sent while any row is invalid.",
        fix="Correct the invalid rows, then run the file again.",
    ),
    Kind(
        code="not_confirmed",
        title="Not sent: the run was not confirmed",
        message="The question whether to send was not answered with yes.",
        fix="Run the file again and confirm, or add --yes.",
    ),
    Kind(
        code="done_elsewhere",
        title="Done by a report that the ledger does not know",
        message="The sheet is a report, and says that run {detail} did this row; this ledger remembers nothing of it.",
        fix="If the row was changed since, type importer ledger import with the old report, then run this sheet again.",
        severity=Severity.WARNING,
    ),
)
