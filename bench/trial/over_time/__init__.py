"""What only many windows show: small changes that last, hours and weekdays, and real traffic."""
