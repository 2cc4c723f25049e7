import{g as o}from"./part-ZZHYDPWI.js";import"./part-K4SABGCS.js";o();for(let t of document.querySelectorAll("[data-shows]"))t.hidden=!1;
