import{g as o}from"./part-LYQXYWJ3.js";import"./part-K4SABGCS.js";o();for(let e of document.querySelectorAll("[data-shows]"))e.hidden=!1;
