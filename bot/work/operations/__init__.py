"""Work on operations: monitoring, alerts, health checks, statistics, charts."""
