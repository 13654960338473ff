/* What makes the pages quicker to use. Nothing here is needed: every page works as plain HTML with forms and links.
   Pieces ask for behaviour by attribute:
     data-needs-js            shown only when this file runs (put `hidden` on it in the template)
     data-theme-switch        button: light <-> dark, kept in this browser
     data-shortcut-switch     button: single-key shortcuts on <-> off, kept in this browser
     data-search              the field that "/" goes to
     data-print               button: print
     data-submit-on-change    form: sends itself when a select or box changes
     data-close-details       button: closes the <details> around it
     data-keys                container of rows with keys; rows carry data-row, controls data-key="P" (undo: data-key="Z")
     data-quiet               element that asks for news: no answer, or the end of a session, is no trouble
     data-announce            element in a swapped part whose text is read aloud; or the response header
                              HX-Trigger: {"announce": "Contact saved."}
   No row, name or number is ever kept in the browser. */
(function () {
  "use strict";

  var root = document.documentElement;

  function keep(name, value) {
    try {
      window.localStorage.setItem(name, value);
    } catch (refused) {
      /* not kept, but it holds for this page */
    }
  }

  function recall(name) {
    try {
      return window.localStorage.getItem(name);
    } catch (refused) {
      return null;
    }
  }

  function announce(text) {
    var live = document.getElementById("live");
    if (!live || !text) return;
    live.textContent = "";
    window.setTimeout(function () {
      live.textContent = text; // emptied first, so that the same sentence is read a second time
    }, 50);
  }

  function isTyping(element) {
    if (!element) return false;
    if (element.isContentEditable || element.tagName === "TEXTAREA" || element.tagName === "SELECT") return true;
    return element.tagName === "INPUT" && !/^(radio|checkbox|button|submit|reset)$/.test(element.type);
  }

  /* ---- buttons and forms ------------------------------------------------------------------------------------ */

  function showSwitches() {
    document.querySelectorAll("[data-needs-js]").forEach(function (element) {
      element.hidden = false;
    });
    document.querySelectorAll("[data-theme-switch]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(root.getAttribute("data-bs-theme") === "dark"));
    });
    document.querySelectorAll("[data-shortcut-switch]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(shortcutsOn()));
    });
  }

  function shortcutsOn() {
    return recall("aftercare-shortcuts") !== "off";
  }

  document.addEventListener("click", function (event) {
    var at = event.target.closest ? event.target : null;
    if (!at) return;
    if (at.closest("[data-theme-switch]")) {
      var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      root.setAttribute("data-bs-theme", next);
      keep("aftercare-theme", next);
      showSwitches();
    } else if (at.closest("[data-shortcut-switch]")) {
      keep("aftercare-shortcuts", shortcutsOn() ? "off" : "on");
      showSwitches();
    } else if (at.closest("[data-print]")) {
      window.print();
    } else if (at.closest("[data-close-details]")) {
      event.preventDefault();
      close(at.closest("details"), true);
    }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(at)) close(menu, false);
    });
  });

  function close(details, refocus) {
    if (!details) return;
    details.open = false;
    if (refocus) details.querySelector("summary").focus();
  }

  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (form && form.hasAttribute("data-submit-on-change")) form.requestSubmit();
  });

  /* A second press on "Save" must not save twice. Capture, so that it stands before htmx. */
  document.addEventListener(
    "submit",
    function (event) {
      var form = event.target;
      // Not form.method: a field named "method" would stand in its place.
      if ((form.getAttribute("method") || "get").toLowerCase() !== "post") return;
      if (form.dataset.busy) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      busy(form, event.submitter);
      window.setTimeout(function () {
        // htmx prevents the plain submission and answers itself; anybody else who does has refused to send.
        if (event.defaultPrevented && !sentByHtmx(form)) idle(form);
      }, 0);
    },
    true
  );

  function sentByHtmx(form) {
    return Boolean(window.htmx) && form.matches("[hx-post], [hx-boost], [hx-put], [hx-delete]");
  }

  function busy(form, submitter) {
    form.dataset.busy = "1";
    if (submitter) {
      submitter.classList.add("is-busy");
      submitter.setAttribute("aria-disabled", "true"); // not `disabled`: its name and value must be sent
    }
  }

  function idle(form) {
    delete form.dataset.busy;
    form.querySelectorAll(".is-busy").forEach(function (button) {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-disabled");
    });
  }

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-busy]").forEach(idle); // back from the next page
  });

  /* ---- keys --------------------------------------------------------------------------------------------------- */

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      var menu = document.querySelector("details.menu[open]");
      if (menu) close(menu, menu.contains(document.activeElement));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !shortcutsOn()) return;
    if (isTyping(event.target)) return;
    if (event.key === "/") {
      var field = document.querySelector("[data-search]");
      if (field && field.offsetParent !== null) {
        event.preventDefault();
        field.focus();
      }
      return;
    }
    rowKey(event);
  });

  /* Keys of the register and the day sheet work only while the focus stands inside the list. */
  function rowKey(event) {
    var list = event.target.closest && event.target.closest("[data-keys]");
    if (!list) return;
    var row = event.target.closest("[data-row]");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault(); // in a radio group it would change the answer
      step(list, row, event.key === "ArrowDown" ? 1 : -1, event.target);
      return;
    }
    var key = event.key.toUpperCase();
    if (key === "Z") {
      if (document.querySelector('[data-key="Z"]')) {
        event.preventDefault();
        undoOnceSettled(40);
      }
      return;
    }
    if (!row || key.length !== 1 || !/^[A-Z1-4]$/.test(key)) return;
    var control = row.querySelector('[data-key="' + key + '"]');
    if (!control || control.disabled) return;
    event.preventDefault();
    control.focus();
    control.click();
    list.dispatchEvent(new CustomEvent("keyed", { bubbles: true, detail: { row: row, control: control } }));
  }

  /* A part just put in is not yet htmx's: pressed in that moment, its form would leave the page. */
  function undoOnceSettled(tries) {
    var unsettled = document.querySelector(".htmx-swapping, .htmx-settling, .htmx-added, form[data-busy]");
    if (unsettled && tries > 0) {
      window.setTimeout(function () {
        undoOnceSettled(tries - 1);
      }, 50);
      return;
    }
    var undo = document.querySelector('[data-key="Z"]');
    if (undo) undo.click();
  }

  function step(list, row, way, from) {
    var rows = Array.prototype.slice.call(list.querySelectorAll("[data-row]"));
    var next = rows[row ? rows.indexOf(row) + way : 0];
    if (!next) return;
    var wanted = from.dataset && from.dataset.key ? next.querySelector('[data-key="' + from.dataset.key + '"]') : null;
    (wanted || next.querySelector("[data-key]") || next.querySelector("a, button, input")).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("focusin", function (event) {
    var list = event.target.closest && event.target.closest("[data-keys]");
    if (!list) return;
    list.querySelectorAll(".is-current").forEach(function (row) {
      row.classList.remove("is-current");
    });
    var row = event.target.closest("[data-row]");
    if (row) row.classList.add("is-current");
  });

  /* ---- htmx ----------------------------------------------------------------------------------------------------- */

  /* A form sent without a session is sent again as a page: the server keeps it until somebody has signed in. */
  function sendAsPage(form) {
    if (!form || (form.getAttribute("method") || "get").toLowerCase() !== "post") {
      location.reload();
      return;
    }
    var pressed = form.querySelector(".is-busy[name]");
    if (pressed) {
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = pressed.name;
      field.value = pressed.value;
      form.appendChild(field);
    }
    HTMLFormElement.prototype.submit.call(form); // past htmx, and past a field named "submit"
  }

  /* Something that only asks for news: nothing is lost when it gets no answer. */
  function isQuiet(element) {
    return Boolean(element && element.closest && element.closest("[data-quiet]"));
  }

  var before = null; // where the focus stood before a part was swapped

  document.addEventListener("htmx:beforeSwap", function (event) {
    // A session that ended answers with the sign-in page: show it as a page, never inside a row.
    var answered = event.detail.xhr && event.detail.xhr.responseURL;
    var signIn = document.body.dataset.signIn;
    if (answered && signIn && new URL(answered, location.href).pathname === signIn) {
      event.detail.shouldSwap = false;
      var asked = event.detail.requestConfig && event.detail.requestConfig.elt;
      if (isQuiet(asked)) return;
      sendAsPage(asked && asked.closest("form"));
      return;
    }
    var focused = document.activeElement;
    var row = focused && focused.closest("[data-row]");
    before = focused && focused !== document.body
      ? { id: focused.id, row: row && row.id, key: focused.dataset.key }
      : null;
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    var part = event.detail.elt;
    showSwitches();
    if (!part || !part.querySelector) return;
    var spoken = part.matches("[data-announce]") ? part : part.querySelector("[data-announce]");
    if (spoken) announce(spoken.dataset.announce || spoken.textContent.trim());
    var wants = part.querySelector("[autofocus], .is-invalid, .banner[tabindex]");
    if (wants && !wants.contains(document.activeElement)) {
      wants.focus();
    } else if (before && document.activeElement === document.body) {
      var row = before.row && document.getElementById(before.row);
      var again =
        (before.id && document.getElementById(before.id)) ||
        (row && before.key && row.querySelector('[data-key="' + before.key + '"]')) ||
        (row && row.querySelector("button, a, summary, input"));
      if (again) again.focus();
    }
    before = null;
  });

  document.addEventListener("announce", function (event) {
    announce(event.detail && (event.detail.value || event.detail));
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.detail.elt && event.detail.elt.closest && event.detail.elt.closest("form");
    if (form) idle(form);
  });

  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      if (isQuiet(event.detail.elt)) return;
      var words = document.getElementById("not-saved");
      var place = document.getElementById("banners");
      if (!words || !place || place.querySelector(".not-saved")) return;
      place.appendChild(words.content.cloneNode(true));
      announce(place.querySelector(".not-saved").textContent.trim());
      place.scrollIntoView({ block: "nearest" });
    });
  });

  document.addEventListener("htmx:afterOnLoad", function (event) {
    if (event.detail.xhr && event.detail.xhr.status < 400 && !isQuiet(event.detail.elt)) {
      document.querySelectorAll("#banners .not-saved").forEach(function (banner) {
        banner.remove();
      });
    }
  });

  showSwitches();
})();
