"""What is said about operations: monitoring, alerts, health checks, statistics, charts."""
