"""
A stand-in for the Appointment Reminders API: a real HTTP server with state, strict rules and switchable faults.

It shares no code with the importer that it stands against, so that the two cannot err together.
"""

from importer.sandbox.effects_log import Effect
from importer.sandbox.faults import FAULT_KINDS, Behaviour, Rule, mix
from importer.sandbox.server import Sandbox, serve

__all__ = ["FAULT_KINDS", "Behaviour", "Effect", "Rule", "Sandbox", "mix", "serve"]
