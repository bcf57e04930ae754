"""Our own part of a window's report: decision and reasons on top, then a plot of each column that changed."""
