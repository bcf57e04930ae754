"""Labels of a CSV or Parquet file: read, checked, and taken once however often the file is sent."""
