// Bootstrap Italia asks for four libraries that our pages do not use. Menus are placed by css, so Popper has nothing to do.
window.process = { env: {} };
window.anime = () => {};
window.videojs = { getPlayer: () => null };
window.Splide = class {};
window.Popper = { createPopper: () => ({ state: {}, update() {}, destroy() {}, setOptions() {} }) };
document.documentElement.classList.add("has-js");
