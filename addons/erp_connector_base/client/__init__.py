"""Pure Python: errors, HTTP, redaction, throttling, and what a provider and a topic are.

Nothing here imports Odoo's ORM, so every module can be tested and reused without it.
"""
