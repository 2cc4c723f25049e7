import{g as o}from"./part-TBKMIEVW.js";o();for(let e of document.querySelectorAll("[data-shows]"))e.hidden=!1;
