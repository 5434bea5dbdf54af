"""What gateways say reaches people in their own language."""

from .payouts import PayoutCase


class TestWords(PayoutCase):
    def test_where_to_find_a_key_is_said_in_the_readers_language(self):
        keys = self.backend.credential_ids
        secret = keys.filtered(lambda key: key.code == "secret_key")
        self.assertIn("in the Xendit dashboard", secret.hint)
        self.assertIn("di dasbor Xendit", secret.with_context(lang="id_ID").hint)
        for key in keys.with_context(lang="id_ID"):
            self.assertNotEqual(key.hint, key.help, key.code)

    def test_why_a_payout_failed_is_kept_in_the_owners_language(self):
        self.backend.user_id = self.env.user
        self.env.user.lang = "id_ID"
        payout = self.approved(self.bill())
        self.drain("fast")
        self.ends(payout, "fail")
        self.assertEqual(payout.failure_code, "TRANSFER_ERROR")
        self.assertEqual(payout.failure, "Transfer gagal di bank.")
