"""What people do with a window after it was evaluated: try it again, recompute it, accept its change."""
