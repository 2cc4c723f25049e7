import{n as e}from"./part-I7ERU3S6.js";import{a as r}from"./part-P4SZ2QKU.js";var o=new Set([r.A,r.B,r.C]);function F(t){try{return o.has(e(t))}catch{return!1}}export{F as a};
