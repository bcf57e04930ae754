"""The sweep: it closes, queues, trims and audits what no request does."""
