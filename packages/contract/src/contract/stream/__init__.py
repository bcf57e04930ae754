"""The stream of records: appended, closed into windows, read back."""
