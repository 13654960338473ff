/* The day sheet: keys go on to the next visit that nobody has recorded, the search narrows the list in place, and what
   colleagues record appears within seconds. Without this file every mark is a form, and the search is one too.
     data-keys-onward   list in which a keyed mark moves the focus to the next row with data-open
     data-shown         on a row: which it is and how it stands, told to the server when it is asked what has changed
     data-find          on a row: what the search reads
     #day-poll          asks; a row somebody works in (focus, an open "More", a form in it) is left alone until they leave */
(function () {
  "use strict";

  var rows = document.getElementById("day-rows");
  var poll = document.getElementById("day-poll");
  var find = document.querySelector("[data-finds] input[type=search]");
  var polling = false;
  var undoing = "";

  function all(selector) {
    return rows ? Array.prototype.slice.call(rows.querySelectorAll(selector)) : [];
  }

  function isWorkedIn(row) {
    return (
      row.contains(document.activeElement) || row.querySelector("details[open], form.in-row, form[data-busy]") !== null
    );
  }

  /* ---- keys ------------------------------------------------------------------------------------------------- */

  function nextOpen(after) {
    var open = all("tr[data-row]");
    for (var place = after ? open.indexOf(after) + 1 : 0; place < open.length; place += 1) {
      var row = open[place];
      if (row.hasAttribute("data-open") && !row.hidden && !row.querySelector("form[data-busy]")) return row;
    }
    return null;
  }

  function enter(row) {
    var button = row && row.querySelector("button.choice:not(:disabled), summary");
    if (!button) return false;
    button.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("keyed", function (event) {
    var control = event.detail.control;
    if (!event.target.hasAttribute("data-keys-onward") || control.hasAttribute("data-opens")) return;
    enter(nextOpen(event.detail.row));
  });

  function isTyping(element) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  }

  function shortcutsOn() {
    try {
      return window.localStorage.getItem("aftercare-shortcuts") !== "off";
    } catch (refused) {
      return true;
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Enter" && isTyping(event.target)) {
      var line = event.target.closest(".more-line");
      if (line) {
        event.preventDefault(); // the button beside the field, not the first of the form
        line.querySelector("button").click();
      } else if (event.target === find) {
        event.preventDefault();
        enter(all("tr[data-row]:not([hidden])")[0]);
      }
      return;
    }
    if (event.key.toUpperCase() !== "N" || isTyping(event.target) || !shortcutsOn()) return;
    var here = event.target.closest && event.target.closest("[data-row]");
    if (enter(nextOpen(here) || nextOpen(null))) event.preventDefault();
  });

  /* ---- search ----------------------------------------------------------------------------------------------- */

  function narrow() {
    if (!find || !rows) return;
    var words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    var left = 0;
    all("tr").forEach(function (row) {
      var told = row.dataset.find || "";
      row.hidden =
        words.length > 0 &&
        (!told ||
          words.some(function (word) {
            return told.indexOf(word) < 0;
          }));
      if (!row.hidden) left += 1;
    });
    var nothing = document.getElementById("day-nothing");
    if (nothing) nothing.hidden = left > 0;
  }

  if (find && rows) {
    find.addEventListener("input", narrow);
    find.addEventListener("search", narrow); // the field's own cross
    find.form.addEventListener("submit", function (event) {
      event.preventDefault();
    });
  }

  function backTo(id) {
    var row = document.getElementById(id);
    if (row && row.contains(document.activeElement)) return;
    if (document.activeElement !== document.body && document.activeElement.closest("[data-row] form.in-row")) return;
    enter(row) || enter(document.querySelector("tr[data-row]"));
  }

  /* ---- after a mark ------------------------------------------------------------------------------------------ */

  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("[data-undoes]");
    if (button) undoing = button.dataset.undoes;
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    var part = event.detail.elt;
    narrow();
    if (!polling && part && part.matches && part.matches("tr[data-row]")) {
      var field = part.querySelector("form.in-row :is(select, input:not([type=hidden]))");
      if (field) field.focus();
    }
    if (undoing && part && part.id === "day-saved") {
      backTo(undoing);
      window.setTimeout(backTo, 80, undoing); // its row may be put in after this part, and take the focus with it
      undoing = "";
    }
  });

  /* ---- what colleagues record -------------------------------------------------------------------------------- */

  if (!poll) return;

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.detail.elt === poll && document.hidden) event.preventDefault();
  });

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && window.htmx) window.htmx.trigger(poll, "look");
  });

  document.addEventListener("htmx:configRequest", function (event) {
    if (event.detail.elt !== poll) return;
    var shown = all("tr[data-shown]").map(function (row) {
      return row.dataset.shown;
    });
    event.detail.headers["Aftercare-Shown"] = rows ? shown.join(",") : "none";
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    polling = Boolean(event.detail.requestConfig) && event.detail.requestConfig.elt === poll;
  });

  document.addEventListener("htmx:oobBeforeSwap", function (event) {
    var row = event.detail.target;
    if (!polling || !row.matches("tr[data-row]")) return;
    var takesItsPlace = event.detail.fragment.querySelector('[id="' + row.id + '"]');
    if (takesItsPlace && isWorkedIn(row)) event.detail.shouldSwap = false; // asked for again until they leave
  });

  document.addEventListener("rows-gone", function (event) {
    (event.detail.rows || []).forEach(function (start) {
      all('tr[data-shown^="' + start + '."]').forEach(function (row) {
        if (!isWorkedIn(row)) row.remove();
      });
    });
  });
})();
