import{h as e}from"./part-GJGQXSGG.js";import{a as r}from"./part-EUJ3CXOP.js";var o=new Set([r.A,r.B,r.C]);function F(t){try{return o.has(e(t))}catch{return!1}}export{F as a};
