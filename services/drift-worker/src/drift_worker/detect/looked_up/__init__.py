"""What a window says of features that were looked up: values that were stale, or that were not there."""
