"""Rules of the wallet's facts: import, export, forgetting, what a customer owes."""
