"""What opens a stranger's workbook: it runs in a confined process of its own, within limits."""
