import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onMounted, onPatched, onWillUnmount, xml } from "@odoo/owl";

const PAUSE = 1500; // ms

/** Reads the record again and again while its field `running` says that work goes on. */
class ConnectorRefresh extends Component {
    static template = xml`<span t-if="isRunning" class="text-muted">
        <i class="fa fa-circle-o-notch fa-spin" role="img" aria-hidden="true"/>
    </span>`;
    static props = { ...standardWidgetProps, running: String };

    setup() {
        this.timer = null;
        onMounted(() => this.plan());
        onPatched(() => this.plan());
        onWillUnmount(() => clearTimeout(this.timer));
    }

    get isRunning() {
        return Boolean(this.props.record.data[this.props.running]);
    }

    plan() {
        clearTimeout(this.timer);
        if (this.isRunning && this.props.record.resId) {
            this.timer = setTimeout(() => this.look(), PAUSE);
        }
    }

    async look() {
        if (!(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
        this.plan();
    }
}

registry.category("view_widgets").add("connector_refresh", {
    component: ConnectorRefresh,
    extractProps: ({ attrs }) => ({ running: attrs.running }),
});
