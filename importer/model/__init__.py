"""The words that every room shares, as frozen values."""
