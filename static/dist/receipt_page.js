import{j as t}from"./part-FOGH2BPK.js";import"./part-K4SABGCS.js";var n=t("print",HTMLButtonElement);n.hidden=typeof print!="function";n.addEventListener("click",()=>print());
