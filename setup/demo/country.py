"""Run in Odoo's shell on a database that holds `base` only: where the company is.

The chart of accounts that gets installed next follows from the company's country.
"""

company = env.ref("base.main_company")
rupiah = env.ref("base.IDR")
rupiah.active = True
company.write(
    {
        "name": "PT Nusantara Maju Sentosa",
        "country_id": env.ref("base.id").id,
        "state_id": env.ref("base.state_id_jk").id,
        "street": "Jl. Jenderal Sudirman Kav. 52-53",
        "city": "Jakarta Selatan",
        "zip": "12190",
        "phone": "+62 21 5150 1234",
        "email": "halo@nusantaramaju.example",
        "currency_id": rupiah.id,
        # else the first print asks for a layout
        "external_report_layout_id": env.ref("web.external_layout_standard").id,
    }
)
indonesian = env["res.lang"]._activate_lang("id_ID")
env["base.language.install"].create({"lang_ids": indonesian.ids}).lang_install()
administrator = {"tz": "Asia/Jakarta", "email": "admin@example.com"}
env.ref("base.user_admin").write(administrator)
env.ref("base.partner_root").tz = "Asia/Jakarta"
env.cr.commit()
