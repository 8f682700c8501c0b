// The line to write in, the command menu above it and the reply keyboard below it.

import { make } from "./richtext.js";

const find = (id) => document.getElementById(id);

export function setUpComposer(say) {
  const text = find("text");
  const menu = find("menu");
  let known = [];

  const fit = () => {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  };

  const send = (words) => {
    menu.hidden = true;
    say(words);
    text.focus();
  };

  const show = (commands) => {
    menu.replaceChildren(
      ...commands.map(({ command, description }) => {
        const row = make("button");
        row.type = "button";
        row.append(make("b", "", `/${command}`), make("span", "", description));
        row.addEventListener("click", () => {
          text.value = "";
          fit();
          send(`/${command}`);
        });
        return row;
      }),
    );
    menu.hidden = commands.length === 0;
    menu.firstChild?.classList.add("chosen");
  };

  const submit = () => {
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    fit();
    send(words);
  };

  const move = (step) => {
    const rows = [...menu.children];
    const at = rows.findIndex((row) => row.classList.contains("chosen"));
    rows[at]?.classList.remove("chosen");
    const next = rows[(at + step + rows.length) % rows.length];
    next?.classList.add("chosen");
    next?.scrollIntoView({ block: "nearest" });
  };

  text.addEventListener("input", () => {
    fit();
    const begun = /^\/(\w*)$/.exec(text.value);
    if (begun) show(known.filter(({ command }) => command.startsWith(begun[1].toLowerCase())));
    else menu.hidden = true;
  });
  text.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (!menu.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (!menu.hidden && event.key === "Tab") {
      event.preventDefault();
      text.value = `${menu.querySelector(".chosen b")?.textContent ?? ""} `;
      menu.hidden = true;
    } else if (event.key === "Escape") {
      menu.hidden = true;
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });
  find("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  find("commands").addEventListener("click", () => (menu.hidden ? show(known) : (menu.hidden = true)));

  return {
    commands(list) {
      known = list;
      find("commands").hidden = list.length === 0;
    },
    keyboard(rows) {
      find("keyboard").hidden = !rows;
      find("keyboard").replaceChildren(
        ...(rows ?? []).map((row) => {
          const line = make("div");
          line.append(
            ...row.map((button) => {
              const node = make("button", button.style ?? "", button.text);
              node.addEventListener("click", () => send(button.text));
              return node;
            }),
          );
          return line;
        }),
      );
    },
  };
}
