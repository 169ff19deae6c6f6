// Adds a row to a formset by copying its empty form. Without JavaScript the server's spare row does the work.
for (const section of document.querySelectorAll("[data-formset]")) {
  const button = section.querySelector("[data-formset-add]");
  const rows = section.querySelector("[data-formset-rows]");
  const empty = section.querySelector("template");
  const total = section.querySelector("[name$='-TOTAL_FORMS']");
  const most = Number(section.querySelector("[name$='-MAX_NUM_FORMS']").value);
  button.hidden = false;
  button.addEventListener("click", () => {
    const index = Number(total.value);
    const copy = document.createElement("div");
    copy.innerHTML = empty.innerHTML.replaceAll("__prefix__", index);
    const row = copy.firstElementChild;
    rows.append(row);
    total.value = index + 1;
    button.hidden = index + 1 >= most;
    document.dispatchEvent(new CustomEvent("row-added", { detail: row }));
    row.querySelector("input:not([type=hidden]), select:not([aria-hidden])").focus();
  });
}
