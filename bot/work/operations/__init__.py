"""What is done about operations: monitoring, alerts, health checks, statistics, charts."""
