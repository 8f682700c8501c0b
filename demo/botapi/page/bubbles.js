// One message as DOM: bubble, file, keyboard, reactions.

import { make, richText } from "./richtext.js";

const DOWNLOAD = "M12 4v11m-5-5l5 5 5-5M5 20h14";
const COPY = "M9 9h11v11H9zM15 5V4H4v11h1";
const SVG = "http://www.w3.org/2000/svg";

// `tools`: { say, copy, opened, waiting (keys `message:data` of unanswered taps), tap(message, button, node), fileUrl(message), jump(id), group }
export function messageNode(message, tools) {
  if (notice(message)) return serviceNode(message, tools);
  const node = make("div", `message${message.out ? " out" : ""}`);
  node.dataset.id = message.message_id;
  node.dataset.sender = message.from.id;
  const bubble = make("div", "bubble");
  if (tools.group && !message.out) bubble.append(make("div", "sender", message.from.first_name));
  if (message.reply_to_message) bubble.append(replyNode(message.reply_to_message, tools));
  if (message.photo) bubble.append(photoNode(message, tools));
  if (message.document) bubble.append(fileNode(message, tools));
  const text = message.text ?? message.caption ?? "";
  const rich = richText(text, message.entities ?? message.caption_entities, {
    ...tools,
    key: message.message_id,
  });
  const meta = metaNode(message);
  meta.classList.toggle("after-block", /^(PRE|BLOCKQUOTE)$/.test(lastShown(rich)?.nodeName));
  rich.append(meta);
  bubble.append(rich);
  if (message.reactions.length) bubble.append(reactionsNode(message.reactions));
  node.append(bubble);
  const rows = message.reply_markup?.inline_keyboard;
  if (rows) {
    node.classList.add("keyed");
    node.append(keysNode(message, rows, tools));
  }
  return node;
}

export function plain(message) {
  if (!message) return "";
  if (notice(message)) return notice(message);
  const file = message.document ? `📎 ${message.document.file_name} ` : message.photo ? "🖼 Photo " : "";
  return file + (message.text ?? message.caption ?? "").replace(/\s+/g, " ");
}

function notice(message) {
  if (message.pinned_message) return `${message.from.first_name} pinned a message`;
  if (message.forum_topic_created) return `Topic: ${message.forum_topic_created.name}`;
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return "This group is a supergroup now";
  return "";
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function lastShown(rich) {
  return [...rich.childNodes].findLast((node) => node.textContent);
}

function metaNode(message) {
  const meta = make("span", "meta", `${message.edits ? "edited " : ""}${clock(message.date)}`);
  if (message.out) meta.append(" ✓✓");
  meta.title = new Date(message.date * 1000).toLocaleString();
  return meta;
}

function serviceNode(message, tools) {
  const node = make("button", "line", plain(message));
  node.dataset.id = message.message_id;
  node.addEventListener("click", () => message.pinned_message && tools.jump(message.pinned_message.message_id));
  return node;
}

function replyNode(replied, tools) {
  const node = make("button", "reply");
  node.append(make("b", "", replied.from.first_name), make("span", "", plain(replied)));
  node.addEventListener("click", () => tools.jump(replied.message_id));
  return node;
}

function photoNode(message, tools) {
  const image = make("img", "photo");
  image.src = tools.fileUrl(message);
  image.alt = message.caption ?? "Photo";
  return image;
}

function fileNode(message, tools) {
  const node = make("a", "file");
  node.href = tools.fileUrl(message);
  if (message.document.mime_type === "text/plain") node.target = "_blank";
  else node.download = message.document.file_name;
  const disc = make("span", "disc");
  disc.append(drawing(DOWNLOAD));
  const words = make("span");
  words.append(make("b", "", message.document.file_name), make("small", "", size(message.document.file_size)));
  node.append(disc, words);
  return node;
}

function drawing(line) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", line);
  svg.append(path);
  return svg;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function reactionsNode(reactions) {
  const node = make("div", "reactions");
  node.append(...reactions.map((emoji) => make("span", "", emoji)));
  return node;
}

function keysNode(message, rows, tools) {
  const keys = make("div", "keys");
  for (const row of rows) {
    const line = make("div");
    line.append(...row.map((button) => keyNode(message, button, tools)));
    keys.append(line);
  }
  return keys;
}

function keyNode(message, button, tools) {
  const target = button.url ?? button.web_app?.url;
  const node = make(target ? "a" : "button", button.style ?? "", button.text);
  node.title = button.text;
  if (target) {
    if (/^https?:\/\//i.test(target)) node.href = target;
    node.target = "_blank";
    node.rel = "noopener noreferrer";
    node.append(make("span", "corner", "↗"));
  } else if (button.copy_text) {
    const corner = make("span", "corner");
    corner.append(drawing(COPY));
    node.append(corner);
    node.addEventListener("click", () => tools.copy(button.copy_text.text));
  } else {
    node.classList.toggle("waiting", tools.waiting.has(`${message.message_id}:${button.callback_data}`));
    node.addEventListener("click", () => tools.tap(message, button, node));
  }
  return node;
}
