"""The list of reports: which evaluations there are, filtered, as a page."""
