// Shows where the guide's step is done: a ring around what to press, on the way there first.

export class Pointer {
  // `panes`: by key, each with `root`, `list` and `composer`; a group has `topic` and its list of topics besides.
  constructor(panes, choose) {
    this.panes = panes;
    this.choose = choose;
    this.ringed = null;
  }

  // Puts the ring where `point` leads to now. A new step, and what is found at the end of the way, comes into view.
  update(point, step) {
    const target = point ? this.find(point) : null;
    if (target !== this.ringed) {
      this.ringed?.classList.remove("pointed");
      target?.classList.add("pointed");
      this.ringed = target;
    }
    const arrived = Boolean(target) && !target.matches(".tab, .topic, .back");
    if (step === this.step && arrived === this.arrived) return;
    this.step = step;
    this.arrived = arrived;
    this.bring(target, point);
  }

  // Goes there: picks the chat and the topic, and brings what to press into view.
  go(point) {
    const pane = this.paneOf(point);
    if (pane && !visible(pane.root)) this.choose(this.keyOf(point));
    if (pane?.choose && this.isElsewhere(pane, point)) pane.choose(this.topicOf(point));
    if (point.write && this.find(point) === pane?.composer.input) pane.composer.suggest(point.write);
    this.update(point, this.step);
    this.bring(this.ringed, point);
    this.ringed?.focus?.({ preventScroll: true });
  }

  bring(target, point) {
    if (!target || !visible(target)) return;
    const list = this.paneOf(point)?.list;
    if (list?.root.contains(target)) list.bring(target);
    else target.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  keyOf(point) {
    if (point.pane !== "group") return point.pane;
    return [...this.panes.keys()].find((key) => key.startsWith("group-"));
  }

  paneOf(point) {
    return point.pane ? this.panes.get(this.keyOf(point)) : null;
  }

  topicOf(point) {
    return point.topic ?? "general";
  }

  // Whether the group shows another topic, or on a narrow screen the list of them.
  isElsewhere(pane, point) {
    return pane.topic !== this.topicOf(point) || !visible(pane.list.root);
  }

  find(point) {
    const inTestid = (root, testid) => root.querySelector(`[data-testid="${testid}"]`);
    if (!point.pane) return inTestid(document, point.control);
    const pane = this.paneOf(point);
    if (!pane) return null;
    if (!visible(pane.root)) return inTestid(document, `tab-${this.keyOf(point)}`);
    if (pane.choose && this.isElsewhere(pane, point)) {
      const topic = inTestid(pane.root, `topic-${this.topicOf(point)}`);
      return topic && visible(topic) ? topic : pane.root.querySelector(".back");
    }
    const till = pane.root.querySelector(".till");
    if (till) return till.querySelector(".solid");
    if (point.control) return inTestid(pane.root, point.control);
    const buttons = [...pane.list.root.querySelectorAll(".key")].filter((key) => key.textContent === point.button);
    if (buttons.length) return buttons.at(-1);
    if (!visible(pane.composer.root)) return inTestid(pane.root, "start"); // the bot is blocked there
    return pane.composer.input.value ? inTestid(pane.root, "send") : pane.composer.input;
  }
}

function visible(element) {
  return element.offsetParent !== null;
}
