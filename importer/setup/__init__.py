"""
Guided set-up: which questions a sheet leaves open, what the answers say, and the profile that they make.

``open_points`` (with ``open_values`` and ``open_words``) finds ``questions``, which are plain data, for the terminal and for a page; ``answers`` turns what a person says into lines of a profile;
``sheet_seen`` reads the sheet for both; ``profile_file`` writes the profile. What is open, the one engine of
``importer.columns`` says, and what a value means, the parsers of ``importer.normalizing``.
"""
