"""Files of records instead of rows of cells: JSON, Parquet, calendars. Opened in the confined child, as workbooks are."""
