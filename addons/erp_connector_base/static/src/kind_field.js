import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";

/** A code that is typed, shown by what people call it. */
export class KindField extends CharField {
    get formattedValue() {
        return this.props.record.data.kind_name || super.formattedValue;
    }
}

registry.category("fields").add("connector_kind", {
    ...charField,
    component: KindField,
    fieldDependencies: [{ name: "kind_name", type: "char", readonly: true }],
});
