import{m as e}from"./part-KAQSJQSZ.js";import{a as r}from"./part-HQM57WIC.js";var o=new Set([r.A,r.B,r.C]);function F(t){try{return o.has(e(t))}catch{return!1}}export{F as a};
