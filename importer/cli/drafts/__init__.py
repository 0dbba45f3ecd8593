"""Commands that end with a draft, or begin with one."""
