"""`/api/v1`: what the wallet's own programs read, write and are told. FastAPI makes the OpenAPI document."""
