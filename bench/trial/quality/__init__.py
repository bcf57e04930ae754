"""Whether the labels' decisions keep their promises: no action without a change, a worse model found."""
