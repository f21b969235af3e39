// The page of a fleet: all its cameras side by side.
import { Announcer } from "./announcer.js";
import { Cards, FILTERS } from "./cards.js";
import { Connection } from "./connection.js";
import { keepFocusOnClick, listenToKeys, writeHelp } from "./keys.js";
import { headline } from "./kinds.js";
import { changeTheme } from "./look.js";
import { count } from "./numbers.js";
import { Status } from "./status.js";
import { language, setLanguage, translate, word } from "./words.js";

const by = (id) => document.getElementById(id);
const address = new URL("ws", document.baseURI);
address.protocol = address.protocol === "https:" ? "wss:" : "ws:";

const connection = new Connection(address.href);
const announcer = new Announcer({ spoken: by("announcer"), toast: by("toast") });
const cards = new Cards(by("cameras"), { onSeen: want });
const status = new Status({
  body: document.body, source: by("source"), facts: by("facts"), state: by("state"), text: by("state-text"),
  board: document.createElement("a"), notice: by("link-notice"), privateNotice: document.createElement("p"),
  stalled: "wall.silent",
  onState: (text) => announcer.say(text),
  onRetry: () => (connection.state === "refused" ? location.reload() : connection.open()),
});
const told = new Map(); // of each camera, its state and its newest event

function want() {
  connection.send({ type: "want", panels: cards.names, paused: document.hidden }, "want");
}

/** Say what has changed to those who do not see it. */
function tell(cameras) {
  for (const { name, state, event } of cameras) {
    const before = told.get(name);
    told.set(name, { state, time: event?.time });
    if (!before) continue;
    if (before.state !== state) announcer.say(`${name}: ${word(`camera.${state}`)}`);
    if (event && before.time !== event.time) announcer.say(`${name}: ${headline(event)}`);
  }
}

function write() {
  const shown = cards.write();
  const counts = cards.counts(Date.now() / 1000);
  for (const button of by("filters").children) {
    const name = button.dataset.filter;
    const text = `${word(`wall.${name}`)} ${count(counts[name])}`;
    if (button.textContent !== text) button.textContent = text;
    button.setAttribute("aria-pressed", String(cards.filter === name));
  }
  by("nothing").hidden = shown > 0;
  by("nothing").textContent = word(cards.cameras.length ? "wall.none-of-these" : "wall.none");
}

function choose(name) {
  cards.filter = name;
  write();
}

for (const name of Object.keys(FILTERS)) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.filter = name;
  button.addEventListener("click", () => choose(name));
  by("filters").append(button);
}

connection
  .on("state", (change) => status.setLink(change, connection.retryAt))
  .on("hello", (hello) => {
    document.body.dataset.known = "yes";
    status.begin(hello.run);
    status.setHealth(hello.health);
    want();
  })
  .on("health", (health) => status.setHealth(health))
  .on("frame", async (frame) => {
    tell(frame.header.cameras);
    await cards.show(frame);
    write();
    connection.acknowledge(frame.header.number);
  });

function translateAll() {
  translate(document);
  status.write();
  write();
  writeHelp(by("help"), [["wall.help.text", KEYS]]);
}

const KEYS = [
  ["← →", "keys.cards"], ["1 … 5", "keys.filter"], ["/", "keys.find"], ["t", "keys.theme"], ["l", "keys.language"],
  ["?", "keys.help"], ["Esc", "keys.escape"],
];
const actions = {
  ArrowRight: () => cards.step(1),
  ArrowLeft: () => cards.step(-1),
  "/": () => by("find").focus(),
  t: changeTheme,
  l: () => {
    setLanguage(language() === "en" ? "zh" : "en");
    translateAll();
  },
  "?": () => by("help").showModal(),
};
Object.keys(FILTERS).forEach((name, i) => {
  actions[i + 1] = () => choose(name);
});
const press = { theme: "t", language: "l", "help-open": "?" };
for (const [id, key] of Object.entries(press)) by(id).addEventListener("click", actions[key]);
function find() {
  cards.find = by("find").value;
  write();
}

by("find").addEventListener("input", find);
by("find").addEventListener("keydown", ({ key, target }) => {
  if (key !== "Escape") return;
  target.value = "";
  find();
  target.blur();
});
by("help").addEventListener("click", ({ target }) => {
  if (target === by("help")) by("help").close();
});
document.addEventListener("visibilitychange", want);
setInterval(() => status.write(), 1000); // how old what is shown has become

listenToKeys(actions);
keepFocusOnClick();
translateAll();
connection.open();
