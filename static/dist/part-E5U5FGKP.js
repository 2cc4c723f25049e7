import{f as e}from"./part-TXJSLFTX.js";import{a as r}from"./part-CMO5AUFA.js";var o=new Set([r.A,r.B,r.C]);function F(t){try{return o.has(e(t))}catch{return!1}}export{F as a};
