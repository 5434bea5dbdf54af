"""Buyers into contacts: by the platform's number only, in two queries a batch."""

import hashlib

import phonenumbers

from odoo import api, models

from .erp_connector_binding import BUYER

#: What platforms write differently from Odoo's list of provinces.
PROVINCE_WORDS = {
    "dki ": "",
    "d.i. ": "",
    "di yogyakarta": "yogyakarta",
    "daerah istimewa ": "",
    "daerah khusus ibukota ": "",
    "nanggroe aceh darussalam": "aceh",
    "(nad)": "",
    "sumatera": "sumatra",
    "kepulauan bangka": "bangka",
}

ADDRESS_KEY = ("name", "phone", "street", "street2", "city", "zip")


class ConnectorMarketplaceBuyer(models.AbstractModel):
    _name = "connector.marketplace.buyer"
    _description = "Marketplace Buyer"

    @api.model
    def _partners(self, backend, orders):
        """{order id: (customer, delivery contact)} of `orders`, made where missing."""
        customers = self._customers(backend, orders)
        contacts = self._delivery_contacts(backend, orders, customers)
        return {
            order.id: (customers[order.id], contacts.get(order.id, customers[order.id]))
            for order in orders
        }

    # ---- the buyer -------------------------------------------------------------------

    def _customers(self, backend, orders):
        per_buyer = backend.buyer_policy == "buyer"
        buyers = {o.buyer.id: o for o in orders if per_buyer and o.buyer.id}
        bindings = self.env["erp.connector.binding"]
        known = bindings._find(backend, BUYER, buyers)
        partners = self.env["res.partner"].browse(known.values()).exists()
        alive = {id_: known[id_] for id_ in known if known[id_] in partners.ids}
        new = [id_ for id_ in buyers if id_ not in alive]
        created = partners.create(
            [self._customer_values(backend, buyers[id_]) for id_ in new]
        )
        fresh = dict(zip(new, created, strict=True))
        self._bind(backend, buyers, fresh, known)
        ids = {**alive, **{id_: partner.id for id_, partner in fresh.items()}}
        return {
            order.id: partners.browse(ids[order.buyer.id])
            if order.buyer.id in ids
            else self._shop_partner(backend)
            for order in orders
        }

    def _bind(self, backend, buyers, fresh, known):
        bindings = self.env["erp.connector.binding"]
        names = {id_: buyers[id_].buyer.username or id_ for id_ in fresh}
        brand_new = {id_: p for id_, p in fresh.items() if id_ not in known}
        bindings._bind(backend, BUYER, brand_new, names)
        for id_ in set(fresh) - set(brand_new):  # its contact was deleted meanwhile
            bindings.sudo().search(
                [
                    ("backend_id", "=", backend.id),
                    ("kind", "=", BUYER),
                    ("external_id", "=", id_),
                ]
            ).res_id = fresh[id_].id

    def _customer_values(self, backend, order):
        provider = backend._provider().name
        name = order.buyer.username.strip("* ")
        return {
            "name": name
            or self.env._(
                "%(platform)s buyer %(id)s", platform=provider, id=order.buyer.id
            ),
            "company_id": backend.company_id.id,
            "customer_rank": 1,
            "lang": backend.company_id.partner_id.lang,
            "comment": self.env._(
                "Buyer %(id)s on %(account)s", id=order.buyer.id, account=backend.name
            ),
        }

    def _shop_partner(self, backend):
        if not backend.shop_partner_id:
            backend.shop_partner_id = self.env["res.partner"].create(
                {
                    "name": self.env._("Customers of %s", backend.name),
                    "company_id": backend.company_id.id,
                    "customer_rank": 1,
                }
            )
        return backend.shop_partner_id

    # ---- where the parcel goes -------------------------------------------------------

    def _delivery_contacts(self, backend, orders, customers):
        """{order id: child contact} of the orders whose address is not masked."""
        wanted = {}
        for order in orders:
            if order.address and not order.address.masked and order.address.name:
                values = self._address_values(order.address)
                wanted[order.id] = {**values, "parent_id": customers[order.id].id}
        if not wanted:
            return {}
        contacts = self._existing_contacts(wanted)
        missing = {}
        for values in wanted.values():
            if _key(values) not in contacts:
                missing.setdefault(_key(values), values)
        created = self.env["res.partner"].create(list(missing.values()))
        contacts.update(zip(missing, created, strict=True))
        return {order_id: contacts[_key(values)] for order_id, values in wanted.items()}

    def _existing_contacts(self, wanted):
        """Only those of the wanted names: one customer may stand for a whole shop."""
        found = self.env["res.partner"].search_fetch(
            [
                ("parent_id", "in", list({v["parent_id"] for v in wanted.values()})),
                ("name", "in", list({v["name"] for v in wanted.values()})),
                ("type", "=", "delivery"),
            ],
            ["parent_id", *ADDRESS_KEY],
        )
        return {
            _key({**{f: c[f] for f in ADDRESS_KEY}, "parent_id": c.parent_id.id}): c
            for c in found
        }

    def _address_values(self, address):
        places = [address.town, address.district]
        country = self._country(address.country)
        return {
            "type": "delivery",
            "name": address.name,
            "phone": _phone(address.phone, address.country),
            "street": address.street or address.full,
            "street2": ", ".join(p for p in places if p) or False,
            "city": address.city or False,
            "zip": address.zip or False,
            "country_id": country.id,
            "state_id": self._state(country, address.state),
        }

    def _country(self, code):
        reference = f"base.{code.lower()}" if code else "base.id"
        return self.env.ref(reference, raise_if_not_found=False) or self.env.ref(
            "base.id"
        )

    def _state(self, country, name):
        if not name or not country:
            return False
        by_name = {_province(s.name): s.id for s in country.state_ids}
        return by_name.get(_province(name), False)


def address_mark(order):
    """A fingerprint of where the platform says the parcel goes; "" when it hides it.

    The contact that was made of it may be corrected or merged since.
    """
    address = order.address
    if not address or address.masked or not address.name:
        return ""
    return hashlib.sha256(repr(address).encode()).hexdigest()


def _province(name):
    """A name to compare by: the platforms write DKI JAKARTA where Odoo has Jakarta."""
    plain = name.casefold()
    for written, meant in PROVINCE_WORDS.items():
        plain = plain.replace(written, meant)
    return " ".join(plain.split())


def _key(values):
    return tuple(values[f] or "" for f in ("parent_id", *ADDRESS_KEY))


def _phone(number, country):
    """International form where it is a number; else what the platform says."""
    try:
        parsed = phonenumbers.parse(number, country or "ID")
    except phonenumbers.NumberParseException:
        return number or False
    if not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(
        parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
