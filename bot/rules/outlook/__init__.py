"""Rules of what comes next: forecast, next steps, a customer's timeline."""
