// Turns a long grouped <select data-picker> into a field that searches while one types, by name and by the workshop's
// words for it. The select stays in the form and holds the value; without JavaScript it is used as it is.
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
  const words = JSON.parse(document.getElementById("competence-aliases")?.textContent || "{}");
  let pickers = 0;

  function choices(select) {
    return [...select.options].filter((option) => option.value).map((option) => {
      const group = option.parentElement.label || "";
      return { value: option.value, label: option.text, group, text: plain(`${option.text} ${words[option.value] || ""} ${group}`) };
    });
  }

  function matches(choice, query) {
    return query.split(" ").every((word) => choice.text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word)));
  }

  function item(list, id, choice) {
    const li = document.createElement("li");
    Object.assign(li, { id, className: "picker-option", textContent: choice.label });
    li.setAttribute("role", "option");
    li.dataset.value = choice.value;
    list.append(li);
    return li;
  }

  function enhance(select) {
    if (select.dataset.picker === "ready") return;
    select.dataset.picker = "ready";
    const id = `picker-${pickers++}`;
    const all = choices(select);
    const box = document.createElement("div");
    const input = document.createElement("input");
    const list = document.createElement("ul");
    const status = document.createElement("span");
    box.className = "picker";
    Object.assign(input, { type: "text", id, className: select.classList.contains("is-invalid") ? "form-control is-invalid" : "form-control", autocomplete: "off", placeholder: select.options[0]?.text || "" });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list` })) input.setAttribute(name, value);
    for (const name of ["aria-describedby", "aria-invalid"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    Object.assign(list, { id: `${id}-list`, className: "picker-list", hidden: true });
    list.setAttribute("role", "listbox");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    const label = select.id && document.querySelector(`label[for="${select.id}"]`);
    if (label) {
      label.htmlFor = id;
      list.setAttribute("aria-label", label.textContent.trim());
    }
    let here = -1;

    const chosen = () => all.find((choice) => choice.value === select.value);
    const options = () => [...list.querySelectorAll("[role=option]")];
    const close = () => {
      list.hidden = true;
      here = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const show = (query) => {
      list.replaceChildren();
      const found = all.filter((choice) => !query || matches(choice, query));
      let group = null;
      found.forEach((choice, index) => {
        if (choice.group !== group) {
          group = choice.group;
          const head = document.createElement("li");
          Object.assign(head, { className: "picker-group", textContent: group });
          head.setAttribute("role", "presentation");
          list.append(head);
        }
        item(list, `${id}-${index}`, choice).setAttribute("aria-selected", String(choice.value === select.value));
      });
      status.textContent = String(found.length);
      list.hidden = found.length === 0;
      here = -1;
      input.setAttribute("aria-expanded", String(!list.hidden));
      input.removeAttribute("aria-activedescendant");
      if (query && found.length) move(0);
    };
    const move = (index) => {
      const shown = options();
      if (!shown.length) return;
      here = (index + shown.length) % shown.length;
      shown.forEach((option, number) => option.classList.toggle("is-here", number === here));
      shown[here].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", shown[here].id);
    };
    const choose = (option) => {
      select.value = option.dataset.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      input.value = option.textContent;
      close();
    };
    const settle = () => {
      if (!input.value.trim()) select.value = "";
      input.value = chosen()?.label || "";
      close();
    };

    input.value = chosen()?.label || "";
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => list.hidden && show(""));
    input.addEventListener("input", () => show(plain(input.value)));
    input.addEventListener("blur", settle);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (list.hidden) show("");
        move(event.key === "ArrowDown" ? here + 1 : Math.max(here, 0) - 1);
      } else if (event.key === "Enter" && !list.hidden) {
        if (here >= 0) choose(options()[here]);
      } else if (event.key === "Escape" && !list.hidden) {
        settle();
      } else return;
      event.preventDefault();
    });
    // Before the field loses focus, or the list would be gone when the finger lifts.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });
    select.classList.add("visually-hidden");
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    select.addEventListener("change", () => { input.value = chosen()?.label || ""; });
    select.after(box);
    box.append(input, list, status);
  }

  const enhanceAll = (root) => root.querySelectorAll("select[data-picker]").forEach(enhance);
  enhanceAll(document);
  document.addEventListener("row-added", (event) => enhanceAll(event.detail));
})();
