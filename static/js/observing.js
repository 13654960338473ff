/* Keys of the observation form: 0 to 3 and "-" set the item that stands in focus and go on to the next, into the next
   group too, which unfolds. The head of each group says how many of its items are noted. Without this file the form is
   plain radio buttons and boxes. */
(function () {
  "use strict";

  var form = document.querySelector("[data-observing]");
  if (!form) return;

  function off() {
    try {
      return window.localStorage.getItem("aftercare-shortcuts") === "off";
    } catch (refused) {
      return false;
    }
  }

  function steps(item) {
    return Array.prototype.slice.call(item.querySelectorAll(".item-steps input[type=radio]"));
  }

  function goOn(item) {
    var items = Array.prototype.slice.call(form.querySelectorAll("[data-item]"));
    var next = items[items.indexOf(item) + 1];
    var group = next && next.closest("details");
    if (group) group.open = true;
    var wanted =
      (next && (next.querySelector("input[type=radio]:checked") || next.querySelector("input"))) ||
      form.querySelector("textarea");
    wanted.focus();
    wanted.scrollIntoView({ block: "center" });
  }

  function count(group) {
    var noted = group.querySelector("[data-noted]");
    var n = 0;
    group.querySelectorAll("[data-item]").forEach(function (item) {
      var chosen = item.querySelector(".item-steps input:checked");
      if ((chosen && chosen.value) || item.querySelector(".item-more input[type=checkbox]:checked")) n += 1;
    });
    noted.hidden = n === 0;
    noted.textContent = n + " ✓";
  }

  form.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || off()) return;
    var item = event.target.closest("[data-item]");
    if (!item || event.target.type !== "radio" || !/^[0-3-]$/.test(event.key)) return;
    var wanted = steps(item).find(function (step) {
      return step.value === (event.key === "-" ? "" : event.key);
    });
    if (!wanted) return;
    event.preventDefault();
    wanted.checked = true;
    wanted.dispatchEvent(new Event("change", { bubbles: true }));
    goOn(item);
  });

  form.addEventListener("change", function (event) {
    var group = event.target.closest("details");
    if (group) count(group);
  });

  form.querySelectorAll("details").forEach(count);
})();
