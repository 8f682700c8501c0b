// Light or dark: the address decides, then the person's choice, then the system.

const find = (id) => document.getElementById(id);

function theme(name) {
  document.documentElement.dataset.theme = name;
}

export function setUpTheme(asked) {
  const wanted = asked ?? localStorage.getItem("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  theme(wanted ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => localStorage.getItem("theme") ?? theme(dark.matches ? "dark" : "light"));
  find("theme").addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", next);
    theme(next);
  });
}
