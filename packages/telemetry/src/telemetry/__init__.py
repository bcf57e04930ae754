"""OpenTelemetry providers and JSON logs, built once per process."""
