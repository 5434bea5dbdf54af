"""Small WSGI applications that behave as the platforms' documentation says.

They import nothing from the add-ons: what they know, they know from the vendors.
"""
