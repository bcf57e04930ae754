"""Traffic has hours and weekdays: a window is compared with the reference's rows of like ones."""
