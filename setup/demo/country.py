"""Run in Odoo's shell on a database that holds `base` only: where the company is.

The chart of accounts that gets installed next follows from the company's country.
"""

company = env.ref("base.main_company")  # noqa: F821
rupiah = env.ref("base.IDR")  # noqa: F821
rupiah.active = True
company.write(
    {
        "name": "PT Nusantara Maju Sentosa",
        "country_id": env.ref("base.id").id,  # noqa: F821
        "state_id": env.ref("base.state_id_jk").id,  # noqa: F821
        "street": "Jl. Jenderal Sudirman Kav. 52-53",
        "city": "Jakarta Selatan",
        "zip": "12190",
        "phone": "+62 21 5150 1234",
        "email": "halo@nusantaramaju.example",
        "currency_id": rupiah.id,
    }
)
env["res.lang"]._activate_lang("id_ID")  # noqa: F821
env.ref("base.user_admin").write({"tz": "Asia/Jakarta", "email": "admin@example.com"})  # noqa: F821
env.ref("base.partner_root").tz = "Asia/Jakarta"  # noqa: F821
env.cr.commit()  # noqa: F821
