import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

/* The colours of the badges: what is well is green, what is lost is red. */
const SUCCESS = "#28a745";
const DANGER = "#dc3545";
const WARNING = "#ffac00";
const INFO = "#17a2b8";
const MUTED = "#adb5bd";

const COLORS = {
    booked: SUCCESS,
    cancelled: MUTED,
    dead: DANGER,
    dismissed: MUTED,
    done: SUCCESS,
    failed: DANGER,
    held: DANGER,
    ignored: MUTED,
    difference: DANGER,
    matched: SUCCESS,
    paid: SUCCESS,
    pending: INFO,
    processing: "#0d6efd",
    retry: "#6f42c1",
    reversed: MUTED,
    succeeded: SUCCESS,
    uncertain: "#fd7e14",
    unidentified: DANGER,
    waiting: WARNING,
};

/** A graph whose states have their colours, wherever they stand in the legend. */
export class StateGraphRenderer extends GraphRenderer {
    /** The colour of a label such as "Done" or "Shopee / Done", if it has one. */
    colorOf(label) {
        const words = String(label || "").split(" / ");
        for (const [state, name] of this.model.metaData.fields.state?.selection || []) {
            if (words.includes(name)) {
                return COLORS[state];
            }
        }
    }

    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor = this.colorOf(dataset.label) || dataset.backgroundColor;
        }
        return data;
    }

    getLineChartData() {
        const data = super.getLineChartData();
        for (const dataset of data.datasets) {
            const color = this.colorOf(dataset.label);
            if (color) {
                dataset.borderColor = color;
                dataset.pointBackgroundColor = color;
            }
        }
        return data;
    }

    getPieChartData() {
        const data = super.getPieChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor = dataset.backgroundColor.map(
                (color, index) => this.colorOf(data.labels[index]) || color
            );
        }
        return data;
    }
}

registry.category("views").add("connector_state_graph", {
    ...graphView,
    Renderer: StateGraphRenderer,
});
