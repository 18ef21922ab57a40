"""What is stored about the wallet's facts: import, export, forgetting, what a customer owes."""
