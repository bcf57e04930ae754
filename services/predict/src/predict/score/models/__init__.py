"""The models that one service has, each opened from its bundle."""
