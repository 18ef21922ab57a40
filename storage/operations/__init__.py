"""What is stored about operations: monitoring, alerts, health checks, statistics, charts."""
