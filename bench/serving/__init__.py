"""The service, with and without its log and its telemetry, against a bare one with the same model."""
