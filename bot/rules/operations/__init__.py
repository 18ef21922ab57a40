"""What is decided about operations: monitoring, alerts, health checks, statistics, charts."""
