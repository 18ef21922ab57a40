"""Texts about operations: monitoring, alerts, health checks, statistics, charts."""
