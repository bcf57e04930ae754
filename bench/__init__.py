"""What Driftline costs: the drift job against Evidently's preset, the service against a bare one."""
