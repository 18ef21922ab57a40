// The events that another system of the wallet gets, as they come.

import { make } from "./dom.js";
import { currentLanguage, dateLanguage, word } from "./words.js";

export class ToldEvents {
  constructor() {
    this.button = document.getElementById("told");
    this.list = document.getElementById("told-list");
    this.button.addEventListener("click", () => {
      this.list.hidden = !this.list.hidden;
      this.button.setAttribute("aria-expanded", String(!this.list.hidden));
    });
  }

  update({ demo, phones }) {
    this.button.hidden = !demo?.told;
    if (!demo?.told) return;
    const stamp = JSON.stringify([demo.told[0]?.id, demo.told.length, currentLanguage()]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.button.textContent = demo.told.length ? `${word("told")} (${demo.told.length})` : word("told");
    const zone = phones[0]?.zone ?? "UTC";
    this.list.replaceChildren(
      make("p", {}, demo.told.length ? word("toldWhat") : word("toldNothing")),
      make("ol", {}, ...demo.told.map((one) => this.line(one, zone))));
  }

  line({ kind, at, says }, timeZone) {
    const format = new Intl.DateTimeFormat(dateLanguage(), { timeZone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
    const said = Object.entries(says).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}`).join(" · ");
    return make("li", {}, make("time", {}, format.format(at * 1000)), make("strong", { lang: "en" }, kind), make("code", { lang: "en" }, said));
  }
}
