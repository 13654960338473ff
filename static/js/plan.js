/* The editor of a care plan: a row more in place. Without this file "Add another" sends the form, which comes back with
   more rows and everything that was typed.
     [data-rows]   a list; data-most is how many rows a plan holds
     [data-place]  where its rows stand
     [data-blank]  a template of a blank row: __n__ is its number in the form, __m__ its place in the list
     [data-add]    the button */
(function () {
  "use strict";

  var live = document.getElementById("live");

  function numbers(list) {
    var found = [-1];
    list.querySelectorAll("[data-place] [name]").forEach(function (field) {
      var match = /-(\d+)-/.exec(field.name);
      if (match) found.push(Number(match[1]));
    });
    return found;
  }

  function add(list, button) {
    var place = list.querySelector("[data-place]");
    var blank = list.querySelector("template[data-blank]").content.cloneNode(true);
    var next = Math.max.apply(null, numbers(list)) + 1;
    var shown = place.children.length + 1;
    var row = blank.firstElementChild;
    [row].concat(Array.prototype.slice.call(row.querySelectorAll("*"))).forEach(function (element) {
      Array.prototype.slice.call(element.attributes).forEach(function (attribute) {
        if (/__[nm]__/.test(attribute.value)) {
          attribute.value = attribute.value.replace(/__n__/g, next).replace(/__m__/g, shown);
        }
      });
      element.childNodes.forEach(function (node) {
        if (node.nodeType === 3 && node.data.indexOf("__m__") >= 0) node.data = node.data.replace(/__m__/g, shown);
      });
    });
    place.appendChild(row);
    var first = row.querySelector("input, select, textarea");
    if (first) first.focus();
    if (shown >= Number(list.dataset.most)) button.hidden = true;
    if (live && row.querySelector("[role=group]")) live.textContent = row.querySelector("[role=group]").getAttribute("aria-label");
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-add]");
    if (!button) return;
    var list = button.closest("[data-rows]");
    if (!list) return;
    event.preventDefault();
    add(list, button);
  });
})();
