/* What makes a register quicker to keep: everybody else present with one press, undo step by step, a rating that says
   "present" by itself, keys that reach the whole list. Nothing here is needed: the register is one plain form.
   Nothing of it is kept in the browser. */
(function () {
  "use strict";

  var CAME = ["attended", "late", "left_early"];
  var steps = []; // rows as they were before each change, newest last: what "Undo" and Z take back
  var before = null;

  function register() {
    return document.getElementById("register");
  }

  function all(root, selector) {
    return Array.prototype.slice.call(root.querySelectorAll(selector));
  }

  function rows() {
    return register() ? all(register(), "[data-keys] [data-row]") : [];
  }

  function chosen(row) {
    return row.querySelector('[name^="outcome-"]:checked');
  }

  function isBlank(row) {
    var radio = chosen(row);
    return !radio || radio.value === "scheduled";
  }

  function snapshot(row) {
    return all(row, "input, select").map(function (field) {
      return /^(radio|checkbox)$/.test(field.type) ? field.checked : field.value;
    });
  }

  function restore(row, state) {
    all(row, "input, select").forEach(function (field, index) {
      if (/^(radio|checkbox)$/.test(field.type)) field.checked = state[index];
      else field.value = state[index];
    });
  }

  function differs(row) {
    return all(row, "input:not([type=hidden]), select").some(function (field) {
      if (/^(radio|checkbox)$/.test(field.type)) return field.checked !== field.defaultChecked;
      if (field.tagName === "SELECT") {
        return !field.options[field.selectedIndex].defaultSelected && field.selectedIndex > 0;
      }
      return field.value !== field.defaultValue;
    });
  }

  /* The words on the buttons and at the end of each row follow what is chosen. */
  function tell() {
    if (!register()) return;
    rows().forEach(function (row) {
      var unsaved = row.querySelector("[data-unsaved]");
      var saved = row.querySelector("[data-saved]");
      if (!unsaved || row.querySelector(".due-now")) return;
      unsaved.hidden = !differs(row);
      saved.hidden = !unsaved.hidden;
    });
    var blank = rows().filter(isBlank).length;
    var others = register().querySelector("[data-others]");
    if (others) {
      others.hidden = blank === 0;
      others.querySelector("[data-others-count]").textContent = String(blank);
    }
    var words = register().querySelector("[data-undo-words]");
    if (words) {
      var last = steps[steps.length - 1];
      words.textContent = last ? words.dataset.undo + " " + last.said : words.dataset.otherwise;
    }
  }

  function saidOf(row) {
    var radio = chosen(row);
    var word = radio && radio.value !== "scheduled" ? radio.parentNode.textContent.trim() : "";
    return row.dataset.name + (word ? ": " + word.toLowerCase() : "");
  }

  function push(step) {
    steps.push(step);
    tell();
  }

  /* ---- changes --------------------------------------------------------------------------------------------------- */

  // The state before a change: focus comes first, or the pointer goes down.
  ["focusin", "pointerdown"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var row = event.target.closest && event.target.closest("#register [data-row]");
      if (row && (!before || before.row !== row)) before = { row: row, state: snapshot(row) };
    });
  });

  function remember() {
    var here = document.activeElement && document.activeElement.closest("#register [data-row]");
    before = here ? { row: here, state: snapshot(here) } : null;
  }

  document.addEventListener("change", function (event) {
    var row = event.target.closest && event.target.closest("#register [data-row]");
    if (!row) return;
    var was = before && before.row === row ? before.state : null;
    var field = event.target;
    if (/^rating-/.test(field.name)) {
      var radio = chosen(row);
      if (!radio || CAME.indexOf(radio.value) < 0) row.querySelector('[value="attended"]').checked = true;
    } else if (/^outcome-/.test(field.name) && CAME.indexOf(field.value) < 0) {
      all(row, '[name^="rating-"]').forEach(function (rating) {
        rating.checked = false;
      });
    }
    if (was) push({ rows: [row], states: [was], said: saidOf(row) });
    before = { row: row, state: snapshot(row) };
    tell();
  });

  function markOthers() {
    var blank = rows().filter(isBlank);
    if (!blank.length) return;
    var states = blank.map(snapshot);
    blank.forEach(function (row) {
      row.querySelector('[value="attended"]').checked = true;
    });
    push({ rows: blank, states: states, said: String(blank.length) });
    remember();
    var finish = document.getElementById("register-save");
    if (document.activeElement && document.activeElement.matches("[data-others]") && finish) finish.focus();
  }

  function undo() {
    var last = steps.pop();
    if (!last) return false;
    last.rows.forEach(function (row, index) {
      restore(row, last.states[index]);
    });
    remember();
    tell();
    return true;
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest) return;
    if (event.target.closest("[data-others]")) markOthers();
    if (event.target.closest("[data-undo]") && undo()) event.preventDefault(); // one step; without steps, all of it
  });

  document.addEventListener("reset", function () {
    window.setTimeout(function () {
      steps = [];
      remember();
      tell();
    }, 0);
  });

  /* ---- keys ------------------------------------------------------------------------------------------------------ */

  function on() {
    try {
      return window.localStorage.getItem("aftercare-shortcuts") !== "off";
    } catch (refused) {
      return true;
    }
  }

  function isTyping(element) {
    if (element.tagName === "TEXTAREA" || element.tagName === "SELECT") return true;
    return element.tagName === "INPUT" && !/^(radio|checkbox|button|submit|reset)$/.test(element.type);
  }

  function go(row, key) {
    var wanted = (key && row.querySelector('[data-key="' + key + '"]')) || row.querySelector("[data-key]");
    if (!wanted) return;
    wanted.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  // Before the keys of every page: here the list is a ring, so that the last member is one press from the first.
  document.addEventListener(
    "keydown",
    function (event) {
      var list = register() && register().querySelector("[data-keys]");
      if (!list || event.ctrlKey || event.metaKey || event.altKey || !on() || isTyping(event.target)) return;
      var nowhere = event.target === document.body || event.target.id === "main";
      if (!nowhere && !list.contains(event.target)) return;
      var each = rows();
      var row = event.target.closest("[data-row]");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        var way = event.key === "ArrowDown" ? 1 : -1;
        var at = row ? each.indexOf(row) + way : way > 0 ? 0 : -1;
        event.preventDefault();
        go(each[(at + each.length) % each.length], event.target.dataset.key);
        return;
      }
      var key = event.key.toUpperCase();
      if (key === "A" && !event.repeat) {
        event.preventDefault();
        markOthers();
      } else if (key === "F" && !event.repeat) {
        event.preventDefault();
        document.getElementById("register-save").click();
      } else if (key === "Z" && nowhere) {
        event.preventDefault();
        undo();
      }
    },
    true
  );

  /* ---- parts swapped in -------------------------------------------------------------------------------------------- */

  document.addEventListener("htmx:afterSettle", function () {
    steps = [];
    before = null;
    tell();
  });

  tell();
})();
