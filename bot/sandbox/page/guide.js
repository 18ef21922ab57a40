// The demo's own parts: clocks, buttons that move time, the story to follow, the wallet's side.

import { icon, make } from "./dom.js";
import { currentLanguage, inLanguage, word } from "./words.js";

const MOVES = [["1h", "time-plus-1h"], ["6h", "time-plus-6h"], ["1d", "time-plus-1d"], ["3d", "time-plus-3d"], ["next9", "time-next-9"]];

export class Guide {
  // `move(by)` and `act(index)` return when it is done.
  constructor(move, act) {
    this.move = move;
    this.act = act;
    this.step = 0;
    this.all = false;
    this.clocks = document.getElementById("clocks");
    this.moves = document.getElementById("moves");
    this.story = document.getElementById("guide");
  }

  update(state) {
    this.showClocks(state.phones, state.now);
    this.moves.hidden = !state.demo;
    this.story.hidden = !state.demo || !(state.demo.story.length + state.demo.actions.length);
    document.body.classList.toggle("busy", Boolean(state.demo?.busy));
    document.body.setAttribute("aria-busy", String(Boolean(state.demo?.busy)));
    if (!state.demo) return;
    const stamp = JSON.stringify([state.demo, this.step, this.all, currentLanguage()]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.demo = state.demo;
    this.showMoves();
    this.showStory();
  }

  showClocks(phones, now) {
    const stamp = JSON.stringify([phones.map(({ id, name, zone }) => [id, name, zone]), Math.floor(now / 60), currentLanguage()]);
    if (stamp === this.clocksStamp) return;
    this.clocksStamp = stamp;
    this.clocks.replaceChildren(...phones.map(({ id, name, zone }) => {
      const options = { timeZone: zone, weekday: "short", day: "numeric", month: "short" };
      const date = new Intl.DateTimeFormat(currentLanguage(), options).format(now * 1000);
      const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(now * 1000);
      const place = zone.split("/").at(-1).replaceAll("_", " ");
      return make("div", { class: "clock", "data-testid": `clock-${id}` },
        make("strong", {}, time), make("span", {}, make("b", {}, date), make("small", {}, `${name} · ${place}`)));
    }));
  }

  showMoves() {
    const busy = this.demo.busy;
    const focused = document.activeElement?.dataset?.testid;
    this.moves.replaceChildren(...MOVES.map(([by, testid]) => make("button", {
      type: "button", class: "move", "data-testid": testid, "aria-disabled": String(Boolean(busy)),
      onclick: () => !busy && this.move(by),
    }, word(by))));
    this.moves.append(make("span", { class: "busy-note", role: "status", "data-testid": "busy" },
      busy ? word(busy === "time" ? "moving" : "acting") : ""));
    if (focused) this.moves.querySelector(`[data-testid="${focused}"]`)?.focus();
  }

  showStory() {
    const { story, actions, busy } = this.demo;
    this.step = Math.min(this.step, Math.max(0, story.length - 1));
    const focused = document.activeElement?.dataset?.testid;
    const parts = [];
    if (story.length) parts.push(this.all ? this.everyStep(story) : this.oneStep(story));
    if (actions.length) {
      parts.push(make("div", { class: "wallet" }, make("span", { class: "label" }, word("wallet")), ...actions.map((label, index) =>
        make("button", {
          type: "button", class: "action", "data-testid": `action-${index}`, "aria-disabled": String(Boolean(busy)),
          onclick: () => !busy && this.act(index),
        }, inLanguage(label)))));
    }
    this.story.replaceChildren(...parts);
    if (focused) this.story.querySelector(`[data-testid="${focused}"]`)?.focus();
  }

  go(change) {
    change();
    this.stamp = null;
    this.update(this.lastState());
  }

  oneStep(story) {
    const button = (name, shape, change, off) => make("button", {
      type: "button", class: "round small", "aria-label": word(name), title: word(name), "data-testid": `story-${name}`,
      "aria-disabled": String(off), onclick: () => !off && this.go(change),
    }, icon(shape));
    return make("div", { class: "step" },
      make("span", { class: "label" }, `${word("story")} ${this.step + 1}/${story.length}`),
      make("p", { "aria-live": "polite" }, inLanguage(story[this.step])),
      make("div", { class: "stepper" },
        button("previous", "back", () => { this.step -= 1; }, this.step === 0),
        button("next", "next", () => { this.step += 1; }, this.step === story.length - 1),
        make("button", { type: "button", class: "quiet", "data-testid": "story-all", onclick: () => this.go(() => { this.all = true; }) }, word("all"))));
  }

  everyStep(story) {
    return make("div", { class: "step every" },
      make("span", { class: "label" }, word("story")),
      make("ol", {}, ...story.map((line) => make("li", {}, inLanguage(line)))),
      make("div", { class: "stepper" },
        make("button", { type: "button", class: "quiet", "data-testid": "story-all", onclick: () => this.go(() => { this.all = false; }) }, word("one"))));
  }
}
