import{j as t}from"./part-3V3KXCS5.js";var n=t("print",HTMLButtonElement);n.hidden=typeof print!="function";n.addEventListener("click",()=>print());
