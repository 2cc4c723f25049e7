import{g as o}from"./part-FOGH2BPK.js";import"./part-K4SABGCS.js";o();for(let e of document.querySelectorAll("[data-shows]"))e.hidden=!1;
