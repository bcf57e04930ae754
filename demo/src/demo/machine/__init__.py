"""All of Driftline's processes on one machine."""
