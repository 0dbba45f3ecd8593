"""Stands in the way of hypothesis, which pandera loads where it is installed: users of the importer do not have it."""

message = "not among what the importer is installed with"
raise ModuleNotFoundError(message)
