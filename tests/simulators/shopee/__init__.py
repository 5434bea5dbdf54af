"""Shopee Open Platform v2 for Indonesia, as its documentation describes it."""
