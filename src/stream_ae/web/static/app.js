// The page: its parts, and what goes from one to the other.
import { Announcer } from "./announcer.js";
import { forgetColours } from "./colours.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { Curves } from "./curves.js";
import { Events } from "./events.js";
import { Health } from "./health.js";
import { keepFocusOnClick, listenToKeys, writeHelp } from "./keys.js";
import { headline } from "./kinds.js";
import { changeTheme } from "./look.js";
import { Moment } from "./moment.js";
import { Panels } from "./panels.js";
import { History } from "./series.js";
import { Status } from "./status.js";
import { Teaching } from "./teaching.js";
import { Tiles } from "./tiles.js";
import { Timeline } from "./timeline.js";
import { language, setLanguage, translate } from "./words.js";

const by = (id) => document.getElementById(id);
const address = new URL("ws", document.baseURI);
address.protocol = address.protocol === "https:" ? "wss:" : "ws:";

const connection = new Connection(address.href);
const send = (message, kind) => connection.send(message, kind);
const announcer = new Announcer({ spoken: by("announcer"), toast: by("toast") });
const history = new History();
const controls = new Controls(by("controls"), { send, announcer });
const health = new Health(by("health"));
const tiles = new Tiles(by("tiles"), history);
const teaching = new Teaching({ body: document.body, lesson: by("lesson"), button: by("explain"), controls });
const panels = new Panels(by("panels"), { onDrawn: drawn });
const curves = new Curves(by("charts"), {
  history,
  ask: (message) => send(message, "zoom"),
  onView: (view, cursor) => {
    by("view-text").textContent = curves.describe(view, cursor);
    by("zoom-all").setAttribute("aria-pressed", String(curves.view.mode === "all"));
    by("zoom-recent").setAttribute("aria-pressed", String(curves.view.mode === "recent"));
  },
});
const events = new Events({
  list: by("events"), kinds: by("kinds"), counter: by("events-count"), nothing: by("no-events"),
  onOpen: (id) => moment.open(id),
  onChange: () => {
    timeline.update();
    curves.update();
    if (moment.dialog.open) moment.write();
  },
});
const moment = new Moment(by("moment"), { events });
const timeline = new Timeline(by("strip"), { spans: by("spans"), events, history, onOpen: (id) => moment.open(id) });
curves.isHidden = (kind) => events.hidden.has(kind);
const status = new Status({
  body: document.body, source: by("source"), facts: by("facts"), state: by("state"), text: by("state-text"),
  board: by("board"), notice: by("link-notice"), privateNotice: by("private-notice"),
  onState: (text) => announcer.say(text), // once, and not again with every second that passes
  onRetry: () => (connection.state === "refused" ? location.reload() : connection.open()),
});

let run = null;
let paused = false;
let steppedOnce = false; // one frame was asked for while the view is paused

function want() {
  const names = document.hidden || run?.private ? [] : panels.names;
  const nothing = document.hidden || (paused && !steppedOnce);
  send({ type: "want", panels: names, features: panels.stage, paused: nothing }, "want");
}

function drawn(header) {
  setWatched(header.foreground !== null);
  if (history.times.length < 2) history.addTime(header.number, header.wall); // before the first window
  moment.aspect = header.aspect ?? null;
  history.addFrame(header.number, header.scalars);
  teaching.show(header, { at_once: controls.held });
  timeline.update(header.wall);
  curves.update();
  tiles.update(header);
  if (steppedOnce) {
    steppedOnce = false;
    want();
  }
  connection.acknowledge(header.number);
}

connection
  .on("state", (change) => status.setLink(change, connection.retryAt))
  .on("hello", (hello) => {
    ({ run } = hello);
    document.body.dataset.known = "yes";
    history.begin(hello);
    status.begin(run);
    controls.begin(run);
    by("controls-card").hidden = !controls.allowed;
    moment.onFalseAlarm = controls.allowed ? (event) => controls.command("false_alarm", { event }) : null;
    panels.only = run.panels ?? null;
    by("wall").hidden = !run.wall;
    document.body.classList.toggle("of-fleet", Boolean(run.wall));
    events.begin(hello.events ?? [], { isPrivate: run.private });
    if (hello.health) takeHealth(hello.health);
    offerStages(hello.stages ?? []);
    teaching.write();
    tiles.update(null);
    curves.begin();
    timeline.update(history.times.at(-1)?.[1]);
    writePause();
    want();
  })
  .on("run", (message) => {
    run = { ...run, ...message.run };
    status.begin(run);
    controls.begin(run);
    by("controls-card").hidden = !controls.allowed;
    teaching.write();
    writePause();
  })
  .on("stages", ({ stages }) => offerStages(stages))
  .on("frame", (frame) => panels.show(frame))
  .on("window", (message) => {
    history.addWindow(message);
    curves.update();
    tiles.update(null);
    timeline.update(message.time);
  })
  .on("event", ({ event }) => {
    if (event.scene !== false) history.addMark(event);
    events.add(event);
    announcer.say(headline(event));
  })
  .on("event_updated", ({ event }) => events.update(event))
  .on("health", takeHealth)
  .on("history", (message) => curves.takeDetail(message))
  .on("answer", (message) => controls.answer(message));

function takeHealth(message) {
  const ended = message.state === "ended" && !run.ended;
  if (ended) {
    run = { ...run, ended: true };
    status.run = run;
    controls.begin(run);
    by("controls-card").hidden = true;
    writePause();
  }
  status.setHealth(message);
  health.show(message);
  const was = controls.held;
  controls.setHealth(message);
  if (was !== controls.held) writePause();
}

function offerStages(stages) {
  const choice = by("features");
  choice.replaceChildren(choice.options[0], ...stages.map((stage) => new Option(stage, stage)));
  if (!stages.includes(panels.stage)) panels.stage = null;
  choice.value = panels.stage ?? "";
  panels.arrange();
}

/** A run that only learns has no foreground, no things and no novelty. */
function setWatched(isWatched) {
  if (isWatched === panels.isWatched) return;
  panels.isWatched = isWatched;
  document.body.classList.toggle("unwatched", !isWatched);
  panels.arrange();
  want();
}

/** Hold a recorded stream where that is allowed, else only these pictures. */
function pause() {
  if (controls.steps) {
    controls.hold(!controls.held);
    teaching.write();
  } else {
    paused = !paused;
    want();
  }
  writePause();
}

function next() {
  if (controls.steps) {
    controls.step();
  } else {
    paused = true;
    steppedOnce = true;
    want();
  }
  writePause();
}

function writePause() {
  panels.hasEnded = Boolean(run?.ended);
  by("pause").hidden = by("next").hidden = panels.hasEnded;
  const still = controls.steps ? controls.held : paused;
  const button = by("pause");
  button.setAttribute("aria-pressed", String(still));
  button.dataset.word = still ? "go-on" : "pause";
  document.body.classList.toggle("still", still);
  translate(button.parentElement);
}

function toggle(id, value) {
  by(id).setAttribute("aria-pressed", String(value));
  panels.arrange();
}

const actions = {
  Space: pause,
  ArrowRight: next,
  b: () => toggle("boxes", (panels.boxes = !panels.boxes)),
  n: () => toggle("heat", (panels.heat = !panels.heat)),
  w: () => {
    panels.wipe = panels.wipe === null ? 0.5 : null;
    toggle("wipe", panels.wipe !== null);
  },
  g: () => {
    toggle("background", (panels.background = !panels.background));
    want();
  },
  f: () => by("features").focus(),
  e: () => teaching.set(!teaching.on),
  t: () => {
    changeTheme();
    newColours();
  },
  l: () => {
    setLanguage(language() === "en" ? "zh" : "en");
    translateAll();
  },
  "?": () => by("help").showModal(),
};

function newColours() {
  forgetColours();
  curves.redraw();
  timeline.redraw();
}

function translateAll() {
  translate(document);
  for (const part of [panels, curves, events, timeline, health, tiles]) part.translate();
  for (const part of [status, controls, teaching, moment]) part.write();
  writeHelp(by("help"));
}

for (let place = 1; place <= 6; place += 1) actions[place] = () => panels.enlargeAt(place);

const press = { pause: "Space", next: "ArrowRight", boxes: "b", heat: "n", wipe: "w", background: "g", theme: "t",
  language: "l", "help-open": "?" };
for (const [id, key] of Object.entries(press)) by(id).addEventListener("click", actions[key]);
by("features").addEventListener("change", ({ target }) => {
  panels.stage = target.value || null;
  panels.arrange();
  want();
});
by("zoom-in").addEventListener("click", () => curves.view.zoom(0.5));
by("zoom-out").addEventListener("click", () => curves.view.zoom(2));
by("zoom-all").addEventListener("click", () => curves.view.set("all"));
by("zoom-recent").addEventListener("click", () => curves.view.set("recent"));
by("help").addEventListener("click", ({ target }) => {
  if (target === by("help")) by("help").close();
});
document.addEventListener("visibilitychange", () => {
  want();
  if (!document.hidden) newColours();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", newColours);
setInterval(() => status.write(), 1000); // how old what is shown has become

listenToKeys(actions);
keepFocusOnClick();
translateAll();
connection.open();
