import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, xml } from "@odoo/owl";

/** A value of an account: hidden while it is typed when the row says it is a secret. */
class ConnectorCredentialField extends Component {
    static template = xml`
        <CharField t-props="props" isPassword="props.record.data.is_secret" placeholder="placeholder"/>
    `;
    static components = { CharField };
    static props = { ...standardFieldProps, "*": true };

    get placeholder() {
        return this.props.placeholder || "";
    }
}

registry.category("fields").add("connector_credential", {
    ...charField,
    component: ConnectorCredentialField,
});
