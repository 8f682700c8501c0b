// A text and its entities as DOM nodes. Message text only ever becomes text nodes.

const STYLES = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre" };
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

// `tools`: { say(text), copy(text), opened: Set of keys of what the reader has opened, key }
export function richText(text, entities, tools) {
  const root = document.createElement("div");
  root.className = "rich";
  const sorted = (entities ?? [])
    .map((entity) => ({ entity, start: entity.offset, end: entity.offset + entity.length }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  fill(root, text, 0, text.length, sorted, tools);
  return root;
}

function fill(parent, text, start, end, spans, tools) {
  let at = start;
  const waiting = [...spans];
  while (waiting.length) {
    const span = waiting.shift();
    const from = Math.max(span.start, at);
    const to = Math.min(span.end, end);
    if (from >= to) continue;
    parent.append(text.slice(at, from));
    const inner = waiting.filter((other) => other.start < to);
    const node = element(span.entity, text.slice(from, to), tools, `${span.entity.type}${span.start}`);
    fill(node.querySelector(":scope > .inner") ?? node, text, from, to, inner, tools);
    parent.append(node);
    at = to;
    if (BLOCKS.has(span.entity.type) && text[at] === "\n" && at < end) at += 1;
  }
  parent.append(text.slice(at, end));
}

function element(entity, shown, tools, key) {
  switch (entity.type) {
    case "text_link":
    case "url":
      return link(entity.url ?? shown);
    case "bot_command":
      return tapText(() => tools.say(shown));
    case "mention":
    case "hashtag":
    case "text_mention":
      return tapText(() => {});
    case "spoiler":
      return opening(make("span", "spoiler"), tools, key);
    case "blockquote":
      return make("blockquote");
    case "expandable_blockquote": {
      const quote = make("blockquote");
      quote.append(make("div", "inner"));
      const long = shown.split("\n").length > 3 || shown.length > 140;
      if (!long) return quote;
      quote.classList.add("folding");
      return opening(quote, tools, key);
    }
    case "code":
    case "pre": {
      const node = make(STYLES[entity.type]);
      if (entity.language) node.dataset.language = entity.language;
      node.title = "Copy";
      node.addEventListener("click", (event) => {
        if (node.closest(".folding:not(.open)")) return; // the quote around it unfolds first
        event.stopPropagation();
        tools.copy(shown);
      });
      return node;
    }
    default:
      return make(STYLES[entity.type] ?? "span");
  }
}

function link(target) {
  if (!/^https?:\/\//i.test(target)) return make("span", "tap-text");
  const node = make("a");
  node.href = target;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  return node;
}

function tapText(action) {
  const node = make("button", "tap-text");
  node.type = "button";
  node.addEventListener("click", action);
  return node;
}

function opening(node, tools, key) {
  const name = `${tools.key}:${key}`;
  node.classList.toggle("open", tools.opened.has(name));
  node.addEventListener("click", () => {
    const open = node.classList.toggle("open");
    open ? tools.opened.add(name) : tools.opened.delete(name);
  });
  return node;
}

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
