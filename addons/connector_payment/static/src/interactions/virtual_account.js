import { browser } from "@web/core/browser/browser";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const OFTEN = 3000; // ms between two looks while the customer is at it
const SELDOM = 15000;
const PATIENCE = 10 * 60 * 1000; // ms after which looks become seldom
const THANKS = 2500; // ms that the banner stands before the page is drawn anew

/** Pages without https have no clipboard but the old one. */
async function copy(text) {
    if (browser.navigator.clipboard) {
        return browser.navigator.clipboard.writeText(text);
    }
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
}

/**
 * A page that shows how to pay by transfer: copies numbers, and asks whether the money
 * has come, until it has.
 */
export class VirtualAccount extends Interaction {
    static selector = ".o_connector_va";
    dynamicContent = {
        ".o_connector_copy_number": { "t-on-click.prevent": this.onCopy },
        ".o_connector_va_waiting": { "t-att-class": () => ({ "d-none": this.isPaid }) },
        ".o_connector_va_paid": { "t-att-class": () => ({ "d-none": !this.isPaid }) },
    };

    setup() {
        this.isPaid = "paid" in this.el.dataset;
        this.begun = Date.now();
    }

    start() {
        if (!this.isPaid && "document" in this.el.dataset) {
            this.plan();
        }
    }

    plan() {
        const pause = Date.now() - this.begun < PATIENCE ? OFTEN : SELDOM;
        this.waitForTimeout(() => this.look(), pause);
    }

    async look() {
        if (document.hidden) {
            this.plan();
            return;
        }
        const { document: name, documentId, accessToken, mark } = this.el.dataset;
        let state;
        try {
            state = await this.waitFor(
                rpc(
                    "/my/virtual-accounts/state",
                    { document: name, document_id: documentId, access_token: accessToken },
                    { silent: true }
                )
            );
        } catch {
            this.plan(); // offline, or the server restarts
            return;
        }
        if (state.paid) {
            this.isPaid = true;
            this.updateContent();
            this.waitForTimeout(() => this.redraw(), THANKS);
        } else if (state.mark && state.mark !== mark) {
            this.redraw();
        } else if (state.mark) {
            this.plan();
        }
    }

    redraw() {
        browser.location.reload();
    }

    async onCopy(event) {
        const button = event.currentTarget;
        await this.waitFor(copy(button.dataset.number));
        button.classList.add("o_connector_copied");
        this.waitForTimeout(() => button.classList.remove("o_connector_copied"), 1500);
    }
}

registry.category("public.interactions").add("connector_payment.virtual_account", VirtualAccount);
