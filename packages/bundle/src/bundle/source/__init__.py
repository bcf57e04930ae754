"""Where bundles come from, and how a process notices that another one is there."""
