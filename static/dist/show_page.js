import{g as o}from"./part-3V3KXCS5.js";o();for(let e of document.querySelectorAll("[data-shows]"))e.hidden=!1;
