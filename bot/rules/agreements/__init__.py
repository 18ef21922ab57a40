"""What is decided about agreements: promises, plans, disputes, holds, call-backs, and what came of them."""
