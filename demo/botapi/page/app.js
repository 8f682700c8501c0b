// The chat page: one person, their chats, one of them open. The address names both: /?user=ID&chat=ID

import { clock, messageNode, plain } from "./bubbles.js";
import { make } from "./richtext.js";
import { setUpComposer } from "./composer.js";
import { alertBox, toast } from "./popups.js";
import { setUpTheme } from "./theme.js";

const find = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const state = { user: 0, users: [], chats: [], chat: null, messages: new Map(), opened: new Set(), unread: new Map() };
const COLOURS = ["#ff885e", "#ffcd6a", "#82b1ff", "#54cb68", "#53edd6", "#2a9ef1", "#d669ed"];

const tools = {
  say,
  copy,
  tap,
  jump,
  opened: state.opened,
  waiting: new Set(),
  fileUrl: (message) => `/_/chats/${state.user}/files/${message.message_id}?chat=${state.chat.id}`,
  get group() {
    return state.chat?.group;
  },
};
const composer = setUpComposer(say);

function avatar(node, id, title) {
  const colour = COLOURS[Math.abs(id) % COLOURS.length];
  node.textContent = title.split(/\s+/).slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
  node.style.background = `linear-gradient(${colour}, color-mix(in srgb, ${colour} 72%, #301020))`;
}

async function ask(path, body, method = body ? "POST" : "GET") {
  const wanted = () => fetch(path, { method, body: body && JSON.stringify(body) });
  const response = await (method === "GET" ? wanted().catch(wanted) : wanted()); // see again.js
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

const place = (what) => `/_/chats/${state.user}/${what}?chat=${state.chat.id}`;

async function say(text) {
  try {
    await ask(place("messages"), { text });
    toBottom();
  } catch (error) {
    toast(error.message);
  }
}

async function tap(message, button, node) {
  if (!button.callback_data) return toast("The local server does not play this kind of button.");
  const key = `${message.message_id}:${button.callback_data}`;
  if (tools.waiting.has(key)) return;
  tools.waiting.add(key);
  node.classList.add("waiting");
  try {
    const { answer } = await ask(place("taps"), {
      message_id: message.message_id,
      data: button.callback_data,
      wait: 20,
    });
    if (answer?.show_alert) alertBox(answer.text);
    else if (answer?.text) toast(answer.text);
  } catch (error) {
    toast(error.message);
  } finally {
    tools.waiting.delete(key);
    redraw(state.messages.get(message.message_id));
  }
}

async function copy(text) {
  await navigator.clipboard?.writeText(text);
  toast("Copied to clipboard.");
}

function jump(id) {
  const node = find("messages").querySelector(`[data-id="${id}"]`);
  node?.scrollIntoView({ block: "center", behavior: "smooth" });
  flash(node);
}

function flash(node) {
  node?.classList.remove("flash");
  requestAnimationFrame(() => node?.classList.add("flash"));
}

const nearBottom = () => find("scroll").scrollHeight - find("scroll").scrollTop - find("scroll").clientHeight < 90;

function toBottom() {
  find("scroll").scrollTop = find("scroll").scrollHeight;
}

function day(seconds) {
  return new Date(seconds * 1000).toLocaleDateString("en", { day: "numeric", month: "long" });
}

function drawMessages() {
  const nodes = [];
  let previous = null;
  const shown = [...state.messages.values()].sort((a, b) => a.message_id - b.message_id);
  for (const message of shown) {
    if (!previous || day(previous.date) !== day(message.date)) nodes.push(make("div", "line", day(message.date)));
    nodes.push(messageNode(message, tools));
    previous = message;
  }
  find("messages").replaceChildren(...nodes);
  group();
  const markup = shown.findLast((message) => !message.out && message.reply_markup && !message.reply_markup.inline_keyboard);
  composer.keyboard(markup?.reply_markup.keyboard);
  find("empty").hidden = shown.length > 0;
  find("empty").textContent = state.chat.started ? "No messages here yet." : "Press START to talk to this bot.";
  drawPin(shown);
}

function group() {
  const nodes = [...find("messages").children];
  nodes.forEach((node, i) => {
    node.classList.toggle("first", node.dataset.sender !== nodes[i - 1]?.dataset.sender);
    node.classList.toggle("last", node.dataset.sender !== nodes[i + 1]?.dataset.sender);
  });
}

function drawPin(shown) {
  const pinned = shown.filter((message) => message.pinned).at(-1);
  find("pin").hidden = !pinned;
  find("pin-text").textContent = plain(pinned);
  find("pin").onclick = () => jump(pinned.message_id);
}

function drawHead() {
  const { chat } = state;
  document.title = chat.title;
  avatar(find("chat-avatar"), chat.id, chat.title);
  find("chat-title").textContent = chat.title;
  status();
  find("block").hidden = chat.group || !chat.started;
  find("block").textContent = chat.blocked ? "Unblock" : "Block";
  find("start").hidden = chat.started && !chat.blocked;
  find("start").textContent = chat.blocked ? "UNBLOCK" : "START";
  find("composer").hidden = !find("start").hidden;
}

function status(busy) {
  const node = find("chat-status");
  const { chat } = state;
  node.classList.toggle("busy", Boolean(busy));
  node.textContent = busy ?? (chat.group ? chat.members.join(", ") : chat.blocked ? "blocked" : "bot");
  clearTimeout(status.timer);
  if (busy) status.timer = setTimeout(() => status(), 5000);
}

function drawChats() {
  const rows = state.chats.map((chat) => {
    const row = make("button", `chat-row${chat.id === state.chat?.id ? " current" : ""}`);
    const face = make("span", "avatar large");
    avatar(face, chat.id, chat.title);
    const unread = state.unread.get(chat.id);
    const preview = chat.last_message ? plain(chat.last_message) : `@${chat.username ?? "group"}`;
    row.append(
      face,
      make("b", "", chat.title),
      make("time", "", chat.last_message ? clock(chat.last_message.date) : ""),
      make("span", "preview", preview),
      unread ? make("span", "badge", unread) : "",
    );
    row.addEventListener("click", () => open(chat.id));
    return row;
  });
  find("chats").replaceChildren(...rows);
}

async function refreshChats() {
  state.chats = (await ask(`/_/chats/${state.user}`)).chats;
  state.chat = state.chats.find((chat) => chat.id === state.chat?.id) ?? state.chat;
  drawChats();
  if (state.chat) drawHead();
}

async function open(id) {
  state.chat = state.chats.find((chat) => chat.id === id) ?? state.chats[0];
  if (!state.chat) return;
  document.body.classList.remove("list");
  state.unread.delete(state.chat.id);
  query.set("user", state.user);
  query.set("chat", state.chat.id);
  history.replaceState(null, "", `?${query}`);
  const messages = await ask(place("messages"));
  state.messages = new Map(messages.map((message) => [message.message_id, message]));
  drawHead();
  drawChats();
  drawMessages();
  toBottom();
  composer.commands(await ask(place("commands")));
}

function follow(after) {
  const stream = new EventSource(`/_/chats/${state.user}/stream?after=${after}`);
  stream.onmessage = (event) => onChange(JSON.parse(event.data));
  stream.onerror = () => state.chat && status("connecting…");
  stream.onopen = () => state.chat && status();
}

function redraw(message) {
  const old = message && find("messages").querySelector(`[data-id="${message.message_id}"]`);
  if (!old) return;
  const node = messageNode(message, tools);
  node.classList.add(...["first", "last"].filter((name) => old.classList.contains(name)));
  old.replaceWith(node);
}

async function onChange(change) {
  const { kind, message } = change;
  if (change.chat === state.chat?.id) applyHere(change);
  else if (kind === "new") state.unread.set(change.chat, (state.unread.get(change.chat) ?? 0) + 1);
  if (kind === "commands" && change.chat === state.chat?.id) {
    composer.commands(await ask(place("commands")));
  }
  const row = state.chats.find((chat) => chat.id === change.chat);
  if (kind === "edited" && row?.last_message?.message_id === message.message_id) row.last_message = message;
  if (["new", "deleted", "blocked", "chat"].includes(kind)) await refreshChats();
  else drawChats();
}

function applyHere({ kind, message, message_id: id }) {
  const stick = nearBottom();
  switch (kind) {
    case "typing":
      return status("typing…");
    case "new":
      state.messages.set(message.message_id, message);
      drawMessages();
      if (!message.out) status();
      break;
    case "edited":
    case "reaction":
      state.messages.set(message.message_id, message);
      redraw(message);
      drawPin([...state.messages.values()]);
      flash(find("messages").querySelector(`[data-id="${message.message_id}"]`));
      break;
    case "deleted":
      state.messages.delete(id);
      drawMessages();
      break;
    case "pinned":
    case "unpinned":
      if (state.messages.has(id)) state.messages.get(id).pinned = kind === "pinned";
      drawPin([...state.messages.values()]);
      break;
  }
  if (stick) toBottom();
}

function drawPeople() {
  const choices = state.users.map((user) => new Option(user.first_name, user.id, false, user.id === state.user));
  find("me").replaceChildren(...choices, new Option("+ A stranger", "stranger"));
  const me = state.users.find((user) => user.id === state.user);
  avatar(find("me-avatar"), me.id, me.first_name);
}

async function become(choice) {
  let id = choice;
  if (choice === "stranger") {
    id = Math.max(...state.users.map((user) => user.id)) + 1;
    await ask("/_/users", { id, first_name: "Stranger" });
  }
  query.set("user", id);
  location.search = query;
}

async function begin() {
  setUpTheme(query.get("theme"));
  state.users = await ask("/_/users");
  const wanted = Number(query.get("user"));
  state.user = state.users.find((user) => user.id === wanted)?.id ?? state.users[0]?.id;
  if (!state.user) return toast("There is nobody yet: start the server with --user, or add one.");
  drawPeople();
  sessionStorage.removeItem("loaded again");
  const { chats, last } = await ask(`/_/chats/${state.user}`);
  state.chats = chats;
  follow(last);
  await open(Number(query.get("chat")));
}

find("me").addEventListener("change", (event) => become(event.target.value));
find("back").addEventListener("click", () => document.body.classList.add("list"));
find("down").addEventListener("click", toBottom);
find("scroll").addEventListener("scroll", () => (find("down").hidden = nearBottom()));
find("block").addEventListener("click", () => ask(place(state.chat.blocked ? "unblock" : "block"), {}));
find("start").addEventListener("click", () => (state.chat.blocked ? ask(place("unblock"), {}) : say("/start")));
addEventListener("resize", () => nearBottom() && toBottom());
begin();
