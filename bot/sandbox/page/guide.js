// The demo's own parts: clocks, buttons that move time, the guide that ticks itself off, the wallet's side.

import { icon, make } from "./dom.js";
import { currentLanguage, dateLanguage, inLanguage, word } from "./words.js";

const MOVES = [["1h", "time-plus-1h"], ["6h", "time-plus-6h"], ["1d", "time-plus-1d"], ["3d", "time-plus-3d"], ["next9", "time-next-9"]];

export class Guide {
  // `deeds`: move(by), act(index), restart(), go(point); each returns when it is done.
  constructor(deeds) {
    this.deeds = deeds;
    this.looked = null; // a step that somebody looks at, other than the next one
    this.all = false;
    this.clocks = document.getElementById("clocks");
    this.moves = document.getElementById("moves");
    this.story = document.getElementById("guide");
  }

  update(state) {
    this.state = state;
    this.showClocks(state.phones, state.now);
    this.moves.hidden = !state.demo;
    this.story.hidden = !state.demo || !(state.demo.steps.length + state.demo.actions.length);
    document.body.classList.toggle("busy", Boolean(state.demo?.busy));
    document.body.setAttribute("aria-busy", String(Boolean(state.demo?.busy)));
    if (!state.demo) return;
    const next = state.demo.steps.findIndex(({ done }) => !done);
    if (next !== this.next) this.looked = null;
    this.next = next;
    const stamp = JSON.stringify([state.demo, this.looked, this.all, currentLanguage()]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.demo = state.demo;
    this.showMoves();
    this.showStory();
  }

  // The step that is shown, and where it is done; null when all are.
  get step() {
    return this.looked ?? (this.next >= 0 ? this.next : null);
  }

  get point() {
    const step = this.demo?.steps[this.step ?? -1];
    return step && !step.done && step.point ? { ...step.point, write: inLanguage(step.point.write) } : null;
  }

  showClocks(phones, now) {
    const zones = new Map();
    for (const phone of phones) zones.set(phone.zone, [...(zones.get(phone.zone) ?? []), phone]);
    const stamp = JSON.stringify([phones.map(({ id, name, zone }) => [id, name, zone]), Math.floor(now / 60), currentLanguage()]);
    if (stamp === this.clocksStamp) return;
    this.clocksStamp = stamp;
    this.clocks.replaceChildren(...[...zones].map(([zone, owners]) => {
      const options = { timeZone: zone, weekday: "short", day: "numeric", month: "short" };
      const date = new Intl.DateTimeFormat(dateLanguage(), options).format(now * 1000);
      const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(now * 1000);
      const place = zone.split("/").at(-1).replaceAll("_", " ");
      const names = owners.map(({ name }) => name).join(", ");
      return make("div", { class: "clock", "data-testid": `clock-${owners[0].id}`, "data-of": owners.map(({ id }) => `phone-${id}`).join(" ") },
        make("strong", {}, time), make("span", {}, make("b", {}, date), make("small", {}, `${names} · ${place}`)));
    }));
    this.showClockOf(this.clockOf);
  }

  // On a narrow screen there is room for one clock: that of the phone which is shown.
  showClockOf(key) {
    this.clockOf = key;
    const clocks = [...this.clocks.children];
    const its = clocks.find((clock) => clock.dataset.of.split(" ").includes(key)) ?? clocks[0];
    for (const clock of clocks) clock.classList.toggle("chosen", clock === its);
  }

  showMoves() {
    const busy = this.demo.busy;
    const focused = document.activeElement?.dataset?.testid;
    this.moves.replaceChildren(...MOVES.map(([by, testid]) => make("button", {
      type: "button", class: "move", "data-testid": testid, "aria-disabled": String(Boolean(busy)),
      onclick: () => !busy && this.deeds.move(by),
    }, word(by))));
    this.moves.append(make("span", { class: "busy-note", role: "status", "data-testid": "busy" },
      busy ? word({ time: "moving", restart: "restarting" }[busy] ?? "acting") : ""));
    if (focused) this.moves.querySelector(`[data-testid="${focused}"]`)?.focus();
  }

  showStory() {
    const { steps, actions, busy } = this.demo;
    const focused = document.activeElement?.dataset?.testid;
    const parts = [];
    if (steps.length) parts.push(this.all ? this.everyStep(steps) : this.oneStep(steps));
    if (actions.length) {
      parts.push(make("div", { class: "wallet" }, make("span", { class: "label" }, word("wallet")), ...actions.map((label, index) =>
        make("button", {
          type: "button", class: "action", "data-testid": `action-${index}`, "aria-disabled": String(Boolean(busy)),
          onclick: () => !busy && this.deeds.act(index),
        }, inLanguage(label)))));
    }
    this.story.replaceChildren(...parts);
    if (focused) this.story.querySelector(`[data-testid="${focused}"]`)?.focus();
  }

  change(what) {
    what();
    this.deeds.look();
  }

  oneStep(steps) {
    const step = steps[this.step ?? -1];
    const text = step ? inLanguage(step.text) : word("finished");
    return make("div", { class: "step" },
      make("ol", { class: "ticks", "aria-label": word("story") }, ...steps.map((one, index) => make("li", {}, this.tick(one, index)))),
      make("p", { "aria-live": "polite", "data-testid": "story-text" }, text),
      this.point ? make("button", { type: "button", class: "action show", "data-testid": "story-show", onclick: () => this.deeds.go(this.point) }, word("showMe")) : null,
      make("div", { class: "stepper" }, this.link("story-all", "all", () => this.change(() => { this.all = true; })), this.startOver()));
  }

  tick({ done }, index) {
    const current = index === this.step;
    return make("button", {
      type: "button", class: `tick${done ? " done" : ""}`, "aria-current": current ? "step" : null, "data-testid": `story-step-${index + 1}`,
      "aria-label": word("stepOf")(index + 1, done), title: word("stepOf")(index + 1, done),
      onclick: () => this.change(() => { this.looked = index === this.next ? null : index; }),
    }, done ? icon("done") : String(index + 1));
  }

  everyStep(steps) {
    return make("div", { class: "step every" },
      make("ol", {}, ...steps.map(({ text, done }, index) => make("li", {
        class: done ? "done" : "", "aria-current": index === this.next ? "step" : null,
      }, done ? make("span", { class: "check", role: "img", "aria-label": word("done") }, "✓ ") : null, inLanguage(text)))),
      make("div", { class: "stepper" }, this.link("story-all", "one", () => this.change(() => { this.all = false; })), this.startOver()));
  }

  startOver() {
    return this.demo.restarts ? this.link("start-over", "startOver", () => !this.demo.busy && this.deeds.restart()) : null;
  }

  link(testid, name, onclick) {
    return make("button", { type: "button", class: "quiet", "data-testid": testid, onclick }, word(name));
  }
}
