"""
A stand-in for the Appointment Reminders API: a real HTTP server with state, strict rules and switchable faults.

``server``       sockets, threads, ``Sandbox`` for embedding          ``serving``    one in the foreground
``service``      what happens to a request                           ``routes``     paths and methods
``rules``        what the reference document allows in a body        ``description`` the same as OpenAPI
``reminders``    the state and the deeds                             ``effects``    the durable log of what was done
``faults``       which faults strike when                            ``mischief``   what a fault does
``behaviour``    switches where the document is silent               ``limits``, ``traffic``, ``admin``, ``wire``

It shares no code with the importer that it stands against, so that the two cannot err together.
"""

from importer.sandbox.behaviour import Behaviour
from importer.sandbox.effects import Effect
from importer.sandbox.faults import FAULT_KINDS, Rule, mix
from importer.sandbox.server import Sandbox
from importer.sandbox.serving import serve

__all__ = ["FAULT_KINDS", "Behaviour", "Effect", "Rule", "Sandbox", "mix", "serve"]
