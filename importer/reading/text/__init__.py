"""Text files: their encoding, their delimiter, their lines, their rows."""
