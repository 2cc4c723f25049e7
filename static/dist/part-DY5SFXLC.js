import{m as e}from"./part-AGY7X5HB.js";import{a as r}from"./part-T42X3GM7.js";var o=new Set([r.A,r.B,r.C]);function F(t){try{return o.has(e(t))}catch{return!1}}export{F as a};
