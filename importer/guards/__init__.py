"""Guarding: what a plan as a whole, or a file as a whole, says that no single row does. Pure."""
