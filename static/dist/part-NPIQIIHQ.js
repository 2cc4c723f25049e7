import{n as e}from"./part-VATGEXDB.js";import{a as r}from"./part-Z5IDTCMY.js";var o=new Set([r.A,r.B,r.C]);function F(t){try{return o.has(e(t))}catch{return!1}}export{F as a};
