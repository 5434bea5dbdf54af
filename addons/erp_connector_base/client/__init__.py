"""Pure Python: errors, HTTP, redaction, throttling; what providers and topics are.

Nothing here imports Odoo's ORM, so every module can be tested and reused without it.
"""
