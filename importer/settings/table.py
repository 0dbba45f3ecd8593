"""
The settings as one table: name, meaning, default, and how a value is read.

Options, environment variables, ``importer.toml``, ``importer config show`` and the README's table are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from importer.settings import values

ENVIRONMENT_PREFIX: Final = "IMPORTER_"
DEFAULT_BASE_URL: Final = "https://tactical-client-api.attentivemobile.com"

Place = Literal["path", "ledger", "database"]


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One setting.

    ``attribute`` is its name in ``Settings`` (with the unit), ``in_file`` its key in ``importer.toml``, both where
    they differ from ``name``.
    ``metavar`` is "" for a flag. ``place``: a value that is a place on disk, meant from the file it stands in.
    ``once``: a decision about one run, which a settings file may not make for all. ``in_folder``: the file of the
    current folder may say it, too: it only says how its sheets are read and what is held back, as profiles do.
    ``default`` is None where the value is "not set" or depends on the machine; ``default_text`` says it in words.
    """

    name: str
    meaning: str
    read: values.Reader
    default: Any = None
    default_text: str = ""
    metavar: str = ""
    attribute: str = ""
    place: Place | None = None
    is_option: bool = True
    in_file: str = ""
    once: bool = False
    in_folder: bool = False

    @property
    def field(self) -> str:
        """The setting's attribute in ``Settings``."""
        return self.attribute or self.name

    @property
    def file_key(self) -> str:
        """The setting's key in ``importer.toml``."""
        return self.in_file or self.name

    @property
    def environment(self) -> str:
        """The setting's environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def option(self) -> str:
        """The setting's command line option."""
        return "--" + self.name.replace("_", "-")

    @property
    def shown_default(self) -> str:
        """The default in words, for help and tables."""
        if self.default_text:
            return self.default_text
        if isinstance(self.default, bool):
            return str(self.default).lower()
        return "" if self.default in {None, ()} else str(self.default)


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "profile",
        "The profile of importer.toml to read the sheets with",
        values.text,
        default="default",
        metavar="NAME",
        in_file="default_profile",
        in_folder=True,
    ),
    Setting(
        "tenant",
        "The tenant whose ledger, token, profiles and drops are meant, where importer.toml has [tenant.NAME] tables",
        values.text,
        metavar="NAME",
        once=True,
    ),
    Setting(
        "ledger",
        "The ledger, the local record of sent reminders: a file, or a database URL such as postgresql+psycopg://host/name",
        values.text,
        default_text="a file in the user's state directory, one for each API address",
        metavar="URL",
        attribute="ledger_url",
        place="ledger",
    ),
    Setting(
        "reports",
        "The folder for reports; each run makes one folder in it",
        values.text,
        default_text="reports",
        metavar="DIR",
        attribute="reports_dir",
        place="path",
    ),
    Setting(
        "base_url",
        "The API's address; https, except for this machine",
        values.base_url,
        default=DEFAULT_BASE_URL,
        metavar="URL",
    ),
    Setting(
        "proxy",
        "An HTTP proxy on the way to the API, http://HOST:PORT; proxies of the environment are not used",
        values.proxy,
        metavar="URL",
        is_option=False,
    ),
    Setting(
        "ca_bundle",
        "A PEM file of certificate authorities to trust instead of the default ones",
        values.text,
        metavar="FILE",
        place="path",
        is_option=False,
    ),
    Setting(
        "token_file",
        "A file that holds the API token and that only its owner may read",
        values.text,
        metavar="FILE",
        place="path",
        is_option=False,
    ),
    Setting(
        "keyring",
        "Take the API token from the system's keyring (service appointment-importer, user token)",
        values.flag,
        default=False,
        is_option=False,
    ),
    Setting(
        "purge_key_file",
        "A file that holds the key of importer ledger purge and that only its owner may read; all machines of a ledger share it",
        values.text,
        default_text="purge.key beside the user's own importer.toml, made by the first purge",
        metavar="FILE",
        place="path",
        is_option=False,
    ),
    Setting(
        "keep_unchanged_rows",
        "Of runs that ended so many days ago, such as 90d, what unchanged rows said is removed after each run; see importer ledger fold",
        values.days,
        default_text="for ever",
        metavar="DAYS",
        attribute="keep_unchanged_days",
        is_option=False,
    ),
    Setting(
        "sheet",
        "The sheet of a workbook; default: the first visible one",
        values.text,
        metavar="NAME",
        in_folder=True,
    ),
    Setting(
        "system",
        "The known system whose export the file is, or none; default: recognized by the headings",
        values.system,
        metavar="NAME",
        in_folder=True,
    ),
    Setting(
        "query_file",
        "A file with one SELECT, whose rows are read instead of a sheet's; FILE is then the database, db+postgresql://USER@HOST/NAME or db+sqlite:///PATH",
        values.text,
        metavar="FILE",
        place="path",
        once=True,
    ),
    Setting(
        "key_column",
        "The column of the query that holds the appointment number; default: the one that is headed so",
        values.text,
        metavar="COLUMN",
        once=True,
    ),
    Setting(
        "database",
        "The database of --query-file where the command names none; its password stands in no output",
        values.database,
        metavar="URL",
        attribute="database_url",
        place="database",
        is_option=False,
    ),
    Setting(
        "private_links",
        "Let the links of profiles and drops lead into your own network, too",
        values.flag,
        default=False,
        is_option=False,
    ),
    Setting("limit", "Read at most N rows of each file", values.whole(1), metavar="N"),
    Setting(
        "rows", "Only these rows, numbered as in the spreadsheet: 5-20, 7 or 100-", values.rows, (), metavar="ROWS"
    ),
    Setting(
        "only",
        "Only rows with these actions, comma-separated: create,cancel",
        values.actions,
        (),
        metavar="ACTIONS",
    ),
    Setting(
        "action",
        "What rows ask for when the sheet has no action column",
        values.action,
        default_text="of the profile, or upsert",
        metavar="ACTION",
        in_folder=True,
    ),
    Setting(
        "all_or_nothing",
        "Send nothing if any row of the files has a problem",
        values.flag,
        default=False,
        in_folder=True,
    ),
    Setting(
        "do_not_text",
        "A list of phones or appointment numbers whose people are never texted; a list that cannot be read stops the command",
        values.text,
        metavar="FILE",
        place="path",
    ),
    Setting(
        "snapshot",
        "The files hold all appointments of these days: 2027-03-01..2027-03-31, or today..+60d; default: the profile's",
        values.window,
        metavar="FROM..TO",
        in_folder=True,
    ),
    Setting(
        "snapshot_locations",
        "The snapshot holds these places only, comma-separated; default: the profile's",
        values.places,
        (),
        metavar="PLACES",
        in_folder=True,
    ),
    Setting(
        "approve",
        "Approve the N cancellations of missing appointments that are on hold; N must be the number shown",
        values.whole(0),
        metavar="N",
        once=True,
    ),
    Setting(
        "release",
        "Approve a held run, by hold code, comma-separated: rows_far_off",
        values.codes,
        (),
        metavar="CODES",
        once=True,
    ),
    Setting(
        "rate",
        "At most N requests per second; 0: no limit",
        values.number(0),
        default=135.0,
        default_text="135",
        metavar="N",
    ),
    Setting("concurrency", "Requests in progress at the same time", values.whole(1, 256), default=16, metavar="N"),
    Setting(
        "timeout",
        "Seconds that one request may take in all",
        values.number(0, above=True),
        default=30.0,
        default_text="30",
        metavar="S",
        attribute="timeout_s",
    ),
    Setting(
        "connect_timeout",
        "Seconds to wait for a connection",
        values.number(0, above=True),
        default=10.0,
        default_text="10",
        metavar="S",
        attribute="connect_timeout_s",
    ),
    Setting("max_attempts", "Attempts per request", values.whole(1, 100), default=5, metavar="N"),
    Setting(
        "lock_timeout",
        "Seconds to wait for another program that holds the ledger; six times as long for a run that makes no progress",
        values.number(0),
        default=10.0,
        default_text="10",
        metavar="S",
        attribute="lock_timeout_s",
    ),
    Setting(
        "check_seconds",
        "Seconds that reading and checking all files of a command may take; then the file is refused",
        values.number(0, above=True),
        default=600.0,
        default_text="600",
        metavar="S",
        attribute="check_s",
    ),
    Setting(
        "rehearse",
        "Send nothing: do the whole run on a copy of the ledger, against a sandbox in this process",
        values.flag,
        default=False,
        once=True,
    ),
    Setting(
        "now",
        "Let requests leave also outside the profile's sending window",
        values.flag,
        default=False,
        attribute="at_any_hour",
        once=True,
    ),
    Setting(
        "new_ledger",
        "Begin an empty ledger although old reports tell of one that was here",
        values.flag,
        default=False,
        once=True,
    ),
    Setting(
        "same_account",
        "A token that the ledger does not know is for the same account as before",
        values.flag,
        default=False,
        once=True,
    ),
    Setting("yes", "Do not ask before sending", values.flag, default=False),
    Setting(
        "quiet",
        "Print nothing when the exit code is 0, else one or two lines on stderr; --json is printed all the same",
        values.flag,
        default=False,
    ),
    Setting("verbose", "Say more on stderr; never values of the sheet", values.flag, default=False),
    Setting("no_progress", "No progress bars or lines", values.flag, default=False),
    Setting(
        "log",
        "Append what happens as lines of JSON: time, run id, row number, event; never a value of the sheet",
        values.text,
        metavar="FILE",
        attribute="log_path",
        place="path",
    ),
)

SETTING: Final[dict[str, Setting]] = {setting.name: setting for setting in SETTINGS}

# Not settings: where the file is, and the secrets, which have no option and no place in the file.
CONFIG_VARIABLE: Final = "IMPORTER_CONFIG"
TOKEN_VARIABLE: Final = "IMPORTER_TOKEN"  # noqa: S105 - the variable's name, not a token
PURGE_KEY_VARIABLE: Final = "IMPORTER_PURGE_KEY"
