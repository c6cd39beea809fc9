"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const objects = all("details.object");
  const producers = all("section.producer");
  const filter = document.getElementById("filter");
  const toggle = document.getElementById("toggle");
  const theme = document.getElementById("theme");
  document.querySelector(".tools").hidden = false;

  // Filter: every word must occur in an object's text, its producer's included.
  const texts = new Map();
  const textOf = (object) => {
    if (!texts.has(object)) {
      const section = object.closest("section.producer");
      texts.set(object, (section.querySelector("h2").textContent + " " + object.textContent).toLowerCase());
    }
    return texts.get(object);
  };
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const object of objects) {
      object.hidden = !words.every((word) => textOf(object).includes(word));
      if (!object.hidden) shown += 1;
    }
    for (const group of all("details.noise")) {
      const any = all("details.object", group).some((object) => !object.hidden);
      group.hidden = !any;
      if (words.length) group.open = any;
    }
    for (const section of producers) {
      section.hidden = words.length > 0 && !all("details.object", section).some((object) => !object.hidden);
      const link = document.querySelector('nav a[href="#' + section.id + '"]');
      if (link) link.parentElement.hidden = section.hidden;
    }
    document.querySelector(".none").hidden = shown > 0 || words.length === 0;
  };
  let waiting = 0;
  filter.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 80);
  });

  const visible = () => objects.filter((object) => !object.hidden && object.offsetParent !== null);
  const label = () => {
    toggle.textContent = visible().some((object) => object.open) ? "Close all" : "Open all";
  };
  toggle.addEventListener("click", () => {
    const open = !visible().some((object) => object.open);
    for (const object of visible()) object.open = open;
    label();
  });
  label();

  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const nameTheme = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
  };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  nameTheme();

  // Links to an object open it, and what it lies in.
  const openTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  let current = -1;
  const go = (step) => {
    const list = visible();
    if (!list.length) return;
    if (current >= 0 && objects[current]) objects[current].classList.remove("current");
    const at = list.indexOf(objects[current]);
    const next = list[Math.min(Math.max(at + step, 0), list.length - 1)];
    current = objects.indexOf(next);
    next.classList.add("current");
    next.querySelector("summary").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === filter) {
      if (event.key === "Escape") {
        filter.value = "";
        apply();
        filter.blur();
      }
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      filter.focus();
    } else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "o" && current >= 0) objects[current].open = !objects[current].open;
  });
})();
