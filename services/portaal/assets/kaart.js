// The map beside the board: a marker for every row that says where it is, as that row is now. It is made once somebody comes
// near it, and works without a ground under it. It must not know anything that the board does not show.
(() => {
  "use strict";
  const part = document.getElementById("kaartdeel");
  const box = document.getElementById("kaart");
  if (!part || !window.L || !window.IntersectionObserver) return;
  part.hidden = false;
  const BESIDE = 36;
  const words = box.dataset;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const text = (row, selector) => row.querySelector(selector)?.textContent.trim().replace(/\s+/g, " ") ?? "";

  // How a row is: the number, what it means, and all of it in words for who does not see the colour.
  const read = (row) => {
    const free = text(row, "td.vrij");
    const state = free === "?" ? "onbekend" : row.querySelector(".deur") ? "dicht" : free === "0" ? "vol" : "vrij";
    const name = text(row, "th");
    return { free, state, name, label: `${name}, ${text(row, "td.soort")}: ${free} ${words.vrij}, ${text(row, "td.hoe")}`, at: [Number(row.dataset.lat), Number(row.dataset.lon)] };
  };
  const about = (row) => {
    const it = document.createElement("div");
    it.className = "over";
    for (const [selector, name] of [["th", "strong"], ["td.soort", "span"], ["td.vrij", "span"], ["td.hoe", "span"], ["td.nummer", "span"]]) {
      const cell = row.querySelector(selector);
      if (!cell?.childNodes.length) continue;
      const line = document.createElement(name);
      line.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
      if (selector === "td.vrij") line.append(` ${words.vrij}`);
      it.append(line);
    }
    return it;
  };

  const begin = () => {
    const map = L.map(box, { zoomControl: false, scrollWheelZoom: false, dragging: !L.Browser.mobile, zoomAnimation: !calm, fadeAnimation: false, markerZoomAnimation: !calm, inertia: !calm, minZoom: 7, maxZoom: 17 });
    map.attributionControl.setPrefix(false);
    L.control.zoom({ position: "bottomleft", zoomInTitle: words.in, zoomOutTitle: words.uit }).addTo(map);
    // The wheel belongs to the page until somebody is on the map.
    map.on("focus", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
    const gemeenten = JSON.parse(words.gemeenten);
    const rowsOnMap = () => [...document.querySelectorAll("#bord tr[data-lat]")];
    map.fitBounds([...gemeenten.map(([, lat, lon]) => [lat, lon]), ...rowsOnMap().map((row) => read(row).at)], { padding: [24, 28], animate: false });
    map.createPane("namen").style.zIndex = 450;
    for (const [name, lat, lon] of gemeenten) {
      const label = document.createElement("span");
      label.textContent = name;
      L.marker([lat, lon], { pane: "namen", interactive: false, keyboard: false, icon: L.divIcon({ className: "plaatsnaam", html: label, iconSize: [0, 0] }) }).addTo(map).getElement().setAttribute("aria-hidden", "true");
    }

    const markers = new Map();
    let isThere = false;
    let opener;
    const make = (row, it) => {
      const marker = L.marker(it.at, { icon: L.divIcon({ className: "speld", iconSize: [32, 32] }), riseOnHover: true });
      marker.bindPopup("", { closeButton: false, autoPanPadding: [16, 16], minWidth: 200, maxWidth: Math.min(280, box.clientWidth - 60) });
      // Whoever opened it with the keyboard goes in, and comes back to where they were.
      marker.on("popupopen", () => { if (opener === marker) marker.getPopup().getElement().querySelector("button").focus(); });
      marker.on("popupclose", () => { if (opener === marker) { opener = undefined; marker.getElement()?.focus(); } });
      marker.addTo(map).getElement().addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        opener = marker;
        marker.openPopup();
      });
      return marker;
    };
    // An open popup takes its size and place again, and who is in it stays there.
    const lay = (marker) => {
      if (!marker.isPopupOpen()) return;
      const inside = marker.getPopup().getElement().contains(document.activeElement) ? document.activeElement : undefined;
      marker.getPopup().update();
      inside?.focus({ preventScroll: true });
    };
    const fill = (marker, row) => {
      const html = about(row);
      const before = marker.getPopup().getContent();
      if (before && before.querySelector(".over").isEqualNode(html)) return;
      if (before) {
        const was = before.contains(document.activeElement);
        before.querySelector(".over").replaceWith(html);
        lay(marker);
        if (was && !before.contains(document.activeElement)) before.querySelector("button").focus();
        return;
      }
      const close = document.createElement("button");
      close.type = "button"; close.className = "stil"; close.textContent = words.sluit;
      close.addEventListener("click", () => marker.closePopup());
      const whole = document.createElement("div");
      whole.append(html, close);
      marker.setPopupContent(whole);
    };

    // Markers that would cover each other stand beside each other, as near to their place as there is room.
    const settle = () => {
      const taken = [];
      const size = map.getSize();
      const isSeen = (point) => { const { x, y } = map.layerPointToContainerPoint(point); return x > 18 && y > 18 && x < size.x - 18 && y < size.y - 18; };
      const isTaken = (point) => taken.some(([it, room]) => it.distanceTo(point) < room);
      // A name on the bare map is read too, where there is room for both.
      for (const [name, lat, lon] of isThere || box.clientWidth < 600 ? [] : gemeenten) {
        const wide = name.length * 4.5;
        for (let along = -wide; along <= wide; along += 12) taken.push([map.latLngToLayerPoint([lat, lon]).add([along, 32]), 27]);
      }
      for (const marker of markers.values()) {
        const at = map.latLngToLayerPoint(marker.getLatLng());
        let free = at;
        for (let step = 0; step < 400 && (isTaken(free) || (isSeen(at) && !isSeen(free))); step += 1) {
          const turn = step * 2.4, far = BESIDE * 0.55 * Math.sqrt(step + 1);
          free = at.add([Math.round(Math.cos(turn) * far), Math.round(Math.sin(turn) * far)]);
        }
        taken.push([free, BESIDE]);
        const by = free.subtract(at);
        marker.getElement().style.translate = `${by.x}px ${by.y}px`;
        marker.getPopup().options.offset = by.add([0, -8]);
        lay(marker);
      }
    };
    const show = () => {
      const rows = rowsOnMap();
      const here = new Set(rows.map((row) => row.id));
      for (const [id, marker] of markers) if (!here.has(id)) { marker.remove(); markers.delete(id); }
      let isMoved = false;
      for (const row of rows) {
        const it = read(row);
        let marker = markers.get(row.id);
        if (!marker) { marker = make(row, it); markers.set(row.id, marker); isMoved = true; }
        if (!marker.getLatLng().equals(it.at)) { marker.setLatLng(it.at); isMoved = true; }
        const pin = marker.getElement();
        if (pin.textContent !== it.free) pin.textContent = it.free;
        for (const state of ["vrij", "vol", "dicht", "onbekend"]) pin.classList.toggle(state, state === it.state);
        if (pin.getAttribute("aria-label") !== it.label) { pin.setAttribute("aria-label", it.label); pin.title = it.name; }
        pin.dataset.rij = row.id;
        fill(marker, row);
      }
      if (isMoved) settle();
    };
    show();
    map.on("zoomend resize", settle);
    document.addEventListener("bord", show);

    // The ground comes from elsewhere, and may not come at all.
    const bare = document.getElementById("kaart-kaal");
    const say = (isBare) => { const said = isBare ? bare.dataset.woorden : ""; if (bare.textContent !== said) bare.textContent = said; };
    const ground = L.tileLayer(words.tegels, { attribution: words.dank, minZoom: 7, maxZoom: 17, referrerPolicy: "no-referrer" });
    ground.on("tileload", () => { if (isThere) return; isThere = true; settle(); box.classList.add("met-ondergrond"); say(false); });
    ground.on("tileerror", () => { if (!isThere) { ground.remove(); say(true); } });
    ground.addTo(map);
    setTimeout(() => { if (!isThere) say(true); }, 8000);
    window.addEventListener("online", () => { if (!map.hasLayer(ground)) ground.addTo(map); });
  };
  new IntersectionObserver((seen, watch) => { if (seen.some((it) => it.isIntersecting)) { watch.disconnect(); begin(); } }, { rootMargin: "300px" }).observe(box);
})();
