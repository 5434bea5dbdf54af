"""What the commands `setup/run`, `setup/test` and `setup/bench` are made of.

`paths`, `progress`, `system`, `debian`, `odoo_home` and `venv` need nothing but the
standard library: they run before the virtual environment exists.
"""
