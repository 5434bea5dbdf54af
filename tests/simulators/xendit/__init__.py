"""Xendit: virtual accounts of both generations, payouts, balance and transactions."""
