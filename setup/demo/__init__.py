"""The Indonesian company that demos, tests and benchmarks start from.

`company.py` and `products.py` are scripts for Odoo's shell; `catalogue.py` is data.
"""
