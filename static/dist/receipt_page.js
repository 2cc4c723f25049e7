import{h as t}from"./part-TBKMIEVW.js";var n=t("print",HTMLButtonElement);n.hidden=typeof print!="function";n.addEventListener("click",()=>print());
