"""Rules of operations: monitoring, alerts, health checks, statistics, charts."""
