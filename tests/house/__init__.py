"""What one row of a sheet goes through: which files it enters, how often it moves between them, in which forms."""
