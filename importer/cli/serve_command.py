"""``importer serve``: the coordinators' page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.options import MEMORY, REPORTS, lasting_options, screen_of, settings_options
from importer.cli.terminal import Outcome
from importer.cli.users_command import page_of, with_web
from importer.cli.working import working
from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.cli.terminal import Terminal

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
