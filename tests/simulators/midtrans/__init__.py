"""Midtrans: virtual accounts of the Core API, payouts of Iris, their notifications."""
