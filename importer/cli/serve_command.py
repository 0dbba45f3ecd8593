"""``importer serve``: the coordinators' page; ``importer users``: who may log in to it."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.options import MEMORY, REPORTS, lasting_options, screen_of, settings_options
from importer.cli.terminal import Outcome, table
from importer.cli.working import is_there, working
from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.cli.terminal import Terminal
    from importer.commands.job import Job
    from importer.ledger.page.page_store import PageStore


ROLES: Final = ("viewer", "coordinator", "admin")
OF_THE_EXTRA: Final = frozenset({"starlette", "uvicorn", "argon2", "python_multipart", "h11", "anyio"})


@contextmanager
def with_web() -> Iterator[None]:
    """Tell in one sentence what is missing where the extra was not installed. ``UsageError``."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in OF_THE_EXTRA:
            raise
        raise UsageError(
            "The page is not installed.", fix="Install it with: pip install 'appointment-importer[web]'"
        ) from None


@contextmanager
def page_of(job: Job) -> Iterator[PageStore]:
    """
    Give the page's tables of the job's ledger; one that is not there yet is made, an older one brought up to date.

    Raises:
        LedgerError: it cannot be used, or it is lost: reports tell of runs that it should know.
    """
    from importer.commands.ledgers import opened_ledger
    from importer.ledger.page.page_store import PageStore, is_current

    settings = job.settings
    if not is_current(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s):
        with opened_ledger(job):
            pass
    store = PageStore(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s)
    try:
        yield store
    finally:
        store.close()


@click.group()
def users() -> None:
    """Manage who may log in to the page of importer serve."""


ROLE_HELP: Final = "viewer sees all imports; coordinator imports and sees her own; admin sees and does everything."


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="coordinator", show_default=True, help=ROLE_HELP)
@settings_options(MEMORY)
@click.pass_context
def add(context: click.Context, /, name: str, *, role: str, **given: Any) -> Outcome:
    """Let NAME log in. The password is asked for, or read from standard input."""
    screen = screen_of(context)
    with working(given, screen) as job, with_web():
        from importer.ledger.page.user_records import Role
        from importer.web.users import checked_name, hash_of

        name = checked_name(name)
        with page_of(job) as store:
            if store.users.named(name) is not None:
                raise already(name)
            user = store.users.add(name, hash_of(password(screen)), Role(role), at=time.time())
            store.audit.add("user_added", at=time.time(), by=who(), of=user.id, role=role)
    return Outcome("users add", lines=[f"{name} may log in as {role}."], data={"name": name, "role": role})


def already(name: str) -> UsageError:
    """Return the refusal to add somebody twice."""
    return UsageError(f"There is a user {name} already.", fix=f"For a new password: importer users reset {name}")


@users.command("reset")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), help="Give this role, and leave the password as it is.")
@settings_options(MEMORY)
@click.pass_context
def reset(context: click.Context, /, name: str, *, role: str | None, **given: Any) -> Outcome:
    """
    Give NAME a new password, or with --role a new role, and log her out everywhere.

    The password is asked for, or read from standard input.
    """
    screen = screen_of(context)
    with working(given, screen) as job, with_web():
        from importer.ledger.page.user_records import Role
        from importer.web.users import checked_name, hash_of

        name = checked_name(name)
        with page_of(job) as store:
            found = store.users.named(name)
            if found is not None and role is not None:
                store.users.change(name, role=Role(role), at=time.time())
                store.audit.add("role_changed", at=time.time(), by=who(), of=found.user.id, role=role)
            elif found is not None:
                store.users.change(name, hashed=hash_of(password(screen)), at=time.time())
                store.audit.add("password_reset", at=time.time(), by=who(), of=found.user.id)
            else:
                raise unknown(name)
    told = f"{name} is {role} now" if role else f"{name} has a new password"
    return Outcome("users reset", lines=[f"{told}, and was logged out everywhere."], data={"name": name, "role": role})


def unknown(name: str) -> UsageError:
    """Return the refusal to change a user who is not there."""
    return UsageError(f"There is no user {name}.", fix="`importer users list` shows all.")


@users.command("list")
@settings_options(MEMORY)
@click.pass_context
def list_users(context: click.Context, /, **given: Any) -> Outcome:
    """Show who may log in."""
    with working(given, screen_of(context)) as job, page_of(job) as store:
        found = store.users.all()
    rows = [(each.user.name, str(each.user.role), day(each.made_at)) for each in found]
    lines = list(table(("Name", "Role", "Since"), rows)) if rows else ["Nobody yet: importer users add NAME"]
    data = [{"name": name, "role": role, "since": since} for name, role, since in rows]
    return Outcome("users list", lines=lines, data={"users": data})


def day(at: float) -> str:
    """Return UTC seconds as a day of this machine, ``2027-03-09``."""
    return time.strftime("%Y-%m-%d", time.localtime(at))


@users.command("remove")
@click.argument("name")
@settings_options(MEMORY)
@click.pass_context
def remove(context: click.Context, /, name: str, **given: Any) -> Outcome:
    """Let NAME log in no more, and log her out everywhere. Her imports stay; admins see them."""
    with working(given, screen_of(context)) as job, with_web():
        from importer.web.users import checked_name

        name = checked_name(name)
        with page_of(job) as store:
            found = store.users.named(name)
            if found is None:
                raise unknown(name)
            store.users.remove(name, at=time.time())
            store.audit.add("user_removed", at=time.time(), by=who(), of=found.user.id)
    return Outcome("users remove", lines=[f"{name} cannot log in any more."], data={"name": name})


def who() -> str:
    """Return the name by which somebody is logged in to this machine, for the audit."""
    from importer.commands.drafts.draft_keeping import whose

    return whose(None)


def password(screen: Terminal) -> str:
    """
    Return a new password: typed twice without being shown, or the first line of standard input.

    Raises:
        UsageError: there is none, or it was typed in two ways.
    """
    if not is_there(screen):
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise UsageError(
                "There is no password.", fix="Type it at the terminal, or give it as the first line of standard input."
            )
        return line
    import getpass

    typed = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != typed:
        raise UsageError("The two passwords differ. Nothing was changed.", fix="Try again.")
    return typed


FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes a free one."
)
@click.option("--public-url", metavar="URL", help="The page's address for others, behind TLS: https://HOST")
@click.option("--ssl-certfile", type=FILE, metavar="FILE", help="The certificate (PEM), to serve https.")
@click.option("--ssl-keyfile", type=FILE, metavar="FILE", help="Its key (PEM), if not in the same file.")
@click.option("--user-header", default="", metavar="NAME", help="The header in which a trusted proxy names the user.")
@click.option(
    "--trusted-proxy", "proxies", multiple=True, metavar="IP", help="The address of a proxy in front; repeatable."
)
@settings_options(("base_url",), MEMORY, REPORTS)
@click.pass_context
def serve(  # noqa: PLR0913 - one an option
    context: click.Context,
    /,
    *,
    host: str,
    port: int,
    public_url: str | None,
    ssl_certfile: Path | None,
    ssl_keyfile: Path | None,
    user_header: str,
    proxies: tuple[str, ...],
    **given: Any,
) -> Outcome:
    """
    Serve the page for coordinators until Ctrl-C.

    The first line is its address. While there are no users (importer users add) it is a link that opens the page once, and
    only this machine reaches it. Any other address needs users, --public-url, and TLS: here or at a proxy.
    """
    screen = screen_of(context)
    with working(given, screen) as job, with_web():
        from importer.web import serving
        from importer.web.app import application
        from importer.web.jobs import Jobs
        from importer.web.site import Site
        from importer.web.work import Work

        if ssl_keyfile is not None and ssl_certfile is None:
            raise UsageError("There is a key but no certificate.", fix="Name it with --ssl-certfile.")
        if bool(user_header) != bool(proxies) and user_header:
            raise UsageError(
                "The header that names the user is believed from nobody.", fix="Name the proxy with --trusted-proxy."
            )
        trusted = frozenset(map(serving.proxy_address, proxies))
        with page_of(job) as store:
            has_users = store.users.any()
            serving.place(host, port, public_url=public_url, has_tls=ssl_certfile is not None, has_users=has_users)
            listener = serving.listening(host, port)
            found = serving.place(
                host,
                listener.getsockname()[1],
                public_url=public_url,
                has_tls=ssl_certfile is not None,
                has_users=has_users,
            )
            site = Site(
                settings=job.settings,
                profile=job.profile,
                store=store,
                origin=found.origin,
                hosts=found.hosts,
                is_local=found.is_local,
                work=Work.of(
                    Jobs({name: value for name, value in given.items() if name != "config"}, given.get("config")), store
                ),
                typed=lasting_options(given),
                user_header=user_header,
                proxies=trusted,
                say=saying(screen),
                log=job.log,
            )
            running = serving.server(application(site), certfile=ssl_certfile, keyfile=ssl_keyfile)
            site.say(f"Open {site.new_link() if found.is_local and not has_users else site.origin + '/'}")
            if found.is_local and not has_users:
                site.say("The link works once. For logins with passwords: importer users add NAME --role admin")
            site.work.start(store)
            try:
                serving.run(running, listener)
            finally:
                site.work.close()
    return Outcome("serve")


def saying(screen: Terminal) -> Callable[[str], None]:
    """Return what prints a line at once."""

    def say(line: str) -> None:
        screen.result([line])
        screen.flush()

    return say
