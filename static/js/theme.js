/* Runs in the head before anything is painted, so that a page never flashes in the wrong colours.
   A kept choice wins; without one the page follows the system. Without JavaScript aftercare.css follows it too. */
(function () {
  "use strict";
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  function kept() {
    try {
      return window.localStorage.getItem("aftercare-theme");
    } catch (refused) {
      return null; // private windows may refuse storage; the system's choice still serves
    }
  }

  function apply() {
    var choice = kept() || (system.matches ? "dark" : "light");
    root.setAttribute("data-bs-theme", choice);
  }

  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply); // a second window changed it
})();
